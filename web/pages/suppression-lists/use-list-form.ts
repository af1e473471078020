/** The form of a suppression list, new or saved. */
import { useState } from 'react';
import { type DraftStorage, useKeptDraft } from '../../forms/draft.ts';
import { newSuppressionListRules } from '../../forms/rules/suppression-lists.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { fieldsOf, type ListValues, listOf } from './values.ts';

interface ListFormOptions {
  readonly initial: ListValues;
  readonly storage: DraftStorage;
  readonly save: { readonly error: Error | null; readonly reset: () => void; readonly isPending: boolean };
}

export function useListForm({ initial, storage, save }: ListFormOptions) {
  const { t } = useTranslation();
  const [begun] = useState((): ListValues => ({ ...initial, ...storage.read() }));
  const form = useApiForm({
    rules: newSuppressionListRules,
    initialValues: begun,
    body: listOf,
    check: ({ fields }, broken) => ({
      ...(Object.keys(fieldsOf(fields)).length === 0 && { fields: t('suppression.fields.missing') }),
      // The percentage is another number in the request.
      ...(broken.max_shrink && { max_shrink: t('form.max_shrink.wrong') }),
    }),
    save,
    isLive: true,
  });
  useKeptDraft(storage, form.values);
  return {
    ...form,
    isSaving: save.isPending,
    /** Several values at once. */
    change: (part: Partial<ListValues>) => form.setValues({ ...form.getValues(), ...part }),
  };
}

export type ListForm = ReturnType<typeof useListForm>;
