/** The theme: a neutral page, with LINE's green only for actions and for good states. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const line: MantineColorsTuple = [
  '#e9fbf0',
  '#d2f5e0',
  '#a5eac1',
  '#74dea0',
  '#4cd484',
  '#32cd71',
  '#16b75a',
  '#0a9a49',
  '#057a3a',
  '#045c2c',
];

const fonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Hiragino Sans", "Noto Sans", "Noto Sans JP", "Noto Sans TC", "Noto Sans Thai", sans-serif';

export const theme = createTheme({
  colors: { line },
  primaryColor: 'line',
  // White on this shade reads well (5.4:1); LINE's own green would not (2.3:1).
  primaryShade: 8,
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    TextInput: { defaultProps: { autoComplete: 'off' } },
    // Lists and menus: an open one stays open when its button scrolls out of the window.
    Popover: { defaultProps: { hideDetached: false } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.35 } } },
    // The first item takes the focus, as in any menu. The placeholder is an element that a menu may not contain.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // Mantine's grey for the text below a title is too pale to read.
    Notification: { styles: { description: { color: 'var(--mantine-color-text)' } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
  },
});

/** Mantine's grey for secondary text and its red for errors are too pale to read (WCAG AA asks for 4.5:1). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6470',
    '--mantine-color-placeholder': '#6b7480',
    '--mantine-color-error': '#c22525',
    '--lineup-surface': '#ffffff',
    '--lineup-page': '#f7f8f9',
    '--lineup-border': '#e3e6ea',
    '--lineup-good': '#0a9a49',
    '--lineup-busy': '#1c7ed6',
    '--lineup-idle': '#8a94a0',
    '--lineup-care': '#e67700',
    '--lineup-bad': '#d62f2f',
    '--lineup-bar-1': '#0a9a49',
    '--lineup-bar-2': '#ced4da',
    '--lineup-line': '#1c6fb8',
  },
  dark: {
    '--mantine-color-dimmed': '#a3abb5',
    '--mantine-color-placeholder': '#8d96a1',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-body': '#16181b',
    '--lineup-surface': '#1d2024',
    '--lineup-page': '#16181b',
    '--lineup-border': '#31363c',
    '--lineup-good': '#32cd71',
    '--lineup-busy': '#4dabf7',
    '--lineup-idle': '#8a94a0',
    '--lineup-care': '#ffa94d',
    '--lineup-bad': '#ff6b6b',
    '--lineup-bar-1': '#32cd71',
    '--lineup-bar-2': '#495057',
    '--lineup-line': '#74c0fc',
  },
});
