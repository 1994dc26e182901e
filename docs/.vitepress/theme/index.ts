/** VitePress's own look, with fonts of the reader's system, and wide tables that scroll. */
import DefaultTheme from 'vitepress/theme-without-fonts'
import './site.css'

export default DefaultTheme
