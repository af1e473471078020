/** Numbers of those who join and leave that were left out of an answer (`left-out.ts`). Also for browsers. */
import type { Turnover } from './turnover.ts';

/** For the command line and spreadsheets, which are in English. */
export const NOT_SHOWN = 'not shown, because the source or the settings have changed since';

/** Whether a person sees none of the numbers, because the run before was asked for other members. */
export const isHidden = ({ joining, leaving, varied }: Turnover): boolean =>
  varied === true && joining === null && leaving === null;
