/** The theme: a neutral page, with LINE's green only for actions and for good states. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import { colours } from './colours.ts';

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

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, ...colours });
