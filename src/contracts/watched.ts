/** What triggers look at in sources. */

/** `object`: the newest object that an address names. */
export const watchedKinds = ['object'] as const;
export type WatchedKind = (typeof watchedKinds)[number];

export type Watched = { readonly kind: 'object' };
