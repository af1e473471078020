/** The colours of both schemes, as variables of CSS. */

/** Mantine's grey for secondary text and its red for errors are too pale to read (WCAG AA asks for 4.5:1). */
export const colours = {
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
    '--lineup-care': '#d46b00',
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
} as const satisfies Record<string, Readonly<Record<string, string>>>;
