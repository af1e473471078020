/** What triggers look at in sources. */

/**
 * `object`: the newest object that an address names. `column`: the maximum of a column of a table. `query`: the one
 * value of a query. `metadata`: when a table was changed, as the database itself knows it.
 */
export const watchedKinds = ['object', 'column', 'query', 'metadata'] as const;
export type WatchedKind = (typeof watchedKinds)[number];

export type Watched =
  | { readonly kind: 'object' | 'metadata' }
  | { readonly kind: 'column'; readonly column: string }
  | {
      readonly kind: 'query';
      readonly query: string;
      /** Only whether it can be watched; it is not executed. */
      readonly isOnlyChecked?: boolean;
    };
