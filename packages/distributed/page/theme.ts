/** Light and dark: as the system has it, or as was chosen. */

const KEY = 'mtaio-theme'

/** Follows the chooser and the system, and tells when the colours have changed. */
export function followTheme(chooser: HTMLSelectElement, changed: () => void): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const chosen = chooser.value === 'auto' ? (dark.matches ? 'dark' : 'light') : chooser.value
    document.documentElement.dataset.theme = chosen
    changed()
  }
  chooser.value = stored() ?? 'auto'
  chooser.addEventListener('change', () => {
    try {
      localStorage.setItem(KEY, chooser.value)
    } catch {
      // Where nothing may be stored, the choice holds for as long as the page is open.
    }
    apply()
  })
  dark.addEventListener('change', apply)
  apply()
}

/** A colour of the theme, such as `--ink`. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function stored(): string | undefined {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'light' || theme === 'dark' ? theme : undefined
  } catch {
    return undefined
  }
}
