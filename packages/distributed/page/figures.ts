/** Figures as people read them. Pure. */

export const NONE = '–'

export function percent(share: number | undefined, digits = 1): string {
  return share === undefined || !Number.isFinite(share) ? NONE : `${(100 * share).toFixed(digits)} %`
}

export function count(value: number | undefined): string {
  if (value === undefined) return NONE
  if (Math.abs(value) < 1000) return Number.isInteger(value) ? String(value) : value.toFixed(1)
  return value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 })
}

export function bytes(value: number | undefined): string {
  if (value === undefined) return NONE
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let scaled = value
  for (; scaled >= 1000 && unit < units.length - 1; unit++) scaled /= 1000
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`
}

export function milliseconds(value: number | undefined): string {
  return value === undefined ? NONE : `${value.toFixed(2)} ms`
}

export function seconds(value: number | undefined): string {
  if (value === undefined) return NONE
  if (value === Number.POSITIVE_INFINITY) return 'never expires'
  if (value < 120) return `${Math.round(value)} s`
  if (value < 7200) return `${Math.round(value / 60)} min`
  return value < 172_800 ? `${Math.round(value / 3600)} h` : `${Math.round(value / 86_400)} d`
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString()
}
