/** What a key does outside of fields, as in other lists of this kind. Pure. */

export const commands = ['down', 'up', 'select', 'open', 'search', 'clear', 'help', 'palette'] as const;
export type Command = (typeof commands)[number];

/** As the help shows them. The keys of one command are pressed together. `Mod` is Ctrl, or ⌘ on a Mac. */
export const shown: Readonly<Record<Command, readonly string[]>> = {
  down: ['J'],
  up: ['K'],
  select: ['X'],
  open: ['Enter'],
  search: ['/'],
  clear: ['Esc'],
  help: ['?'],
  palette: ['Mod', 'K'],
};

const single: Readonly<Record<string, Command>> = {
  j: 'down',
  k: 'up',
  x: 'select',
  '/': 'search',
  '?': 'help',
  Escape: 'clear',
};

/** Of a `KeyboardEvent`. */
interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
}

/**
 * @param isTyping whether the key is for a field
 * @param hasSingle whether keys without Ctrl do something. People who speak to their computer turn them off.
 */
export function commandOf(pressed: Pressed, isTyping: boolean, hasSingle = true): Command | undefined {
  const { ctrlKey, metaKey, altKey, shiftKey, isComposing } = pressed;
  if (isComposing || altKey) return undefined;
  const key = letterOf(pressed);
  if (ctrlKey || metaKey) return ctrlKey !== metaKey && !shiftKey && key === 'k' ? 'palette' : undefined;
  const command = single[key];
  if (command === 'clear') return command;
  return isTyping || !hasSingle ? undefined : command;
}

/** On a keyboard with other letters, such as Thai ones, the place of the key counts. */
function letterOf({ key, code, shiftKey }: Pressed): string {
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  if (letter && !/^[a-z]$/i.test(key)) return letter.toLowerCase();
  return shiftKey || key.length > 1 ? key : key.toLowerCase();
}
