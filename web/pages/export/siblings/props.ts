/** What the parts of the form about further identifiers get. */

import type { ReadSource } from '../../../sources/read-source.ts';
import type { OwnAudience } from '../own-audience.ts';
import type { ExportForm } from '../use-export-form.ts';
import type { TypedSibling } from './values.ts';

export interface SiblingFieldsProps {
  readonly form: ExportForm;
  readonly authorizationId: string;
  readonly source: ReadSource;
  /** Of a saved job: the first audience that it has at LINE. */
  readonly own: OwnAudience | null;
}

export interface SiblingProps extends SiblingFieldsProps {
  readonly sibling: TypedSibling;
  /** From 0. */
  readonly index: number;
  /** @param field the field whose problem is shown from now on */
  readonly onChange: (part: Partial<TypedSibling>, field: string) => void;
}
