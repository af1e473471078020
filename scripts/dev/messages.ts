/** What `npm run dev` and its server tell each other, over the channel between the two processes. */
import type { DemoLytics } from '../../src/cli/demo/fill.ts';
import type { DemoPlace } from '../../src/cli/demo/stage.ts';

/** The first message to a server: where it is, and what it works on. */
export interface Order extends DemoPlace {
  readonly port: number;
  /** Where browsers find the web app. */
  readonly publicUrl: string;
  readonly lytics: DemoLytics;
  /** The sample members, and the folder that holds them. */
  readonly file: string;
  readonly exports: string;
}

export type ServerMessage =
  | { readonly kind: 'up' }
  /** The first server made an administrator, who has this password. */
  | { readonly kind: 'administrator'; readonly email: string; readonly password: string }
  /** Every job of the demo is made. */
  | { readonly kind: 'filled' };
