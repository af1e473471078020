/** The field that a form suggests for an identifier type. */
import type { SourceField } from '../../src/contracts/sources.ts';

/** The field that suits a type best, empty when none does. */
export function suggestedField(fields: readonly SourceField[], type: string): string {
  const best =
    fields.find((field) => field.name.toLowerCase() === type) ?? fields.find((field) => field.suggested_for === type);
  return best?.name ?? '';
}
