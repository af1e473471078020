import { en } from './en.ts';
import type { Messages } from './messages.ts';

export const id: Messages = en;
