/** What the fields of each kind of trigger get. */
import type { ExportForm } from '../use-export-form.ts';
import type { TypedTrigger } from './values.ts';

export interface KindFieldsProps {
  readonly form: ExportForm;
  /** The job that is edited; undefined for a new one. */
  readonly jobId: string | undefined;
  readonly change: (part: Partial<TypedTrigger>) => void;
}
