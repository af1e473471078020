/** The messages between `npm run dev` and its server, over the channel between the two processes. */
import type { DemoDestinations } from '../../src/cli/demo/destinations.ts';
import type { DemoSources } from '../../src/cli/demo/sources.ts';
import type { DemoPlace } from '../../src/cli/demo/stage.ts';

/** The first message to a server: its address and its data. */
export interface Order extends DemoPlace {
  readonly port: number;
  /** The address of the web app for browsers. */
  readonly publicUrl: string;
  readonly sources: DemoSources;
  readonly destinations: DemoDestinations;
  /** The sample members, and the folder that holds them. */
  readonly file: string;
  readonly exports: string;
}

export type ServerMessage =
  | { readonly kind: 'up' }
  /** The first server has created an administrator with this password. */
  | { readonly kind: 'administrator'; readonly email: string; readonly password: string }
  /** All jobs of the demo are created. */
  | { readonly kind: 'filled' };
