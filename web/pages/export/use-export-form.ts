/** The form of an export, new or saved. */
import { useState } from 'react';
import type { NewJob } from '../../../src/contracts/jobs.ts';
import { destinationOfJob } from '../../../src/domain/destinations/index.ts';
import { type DraftStorage, useKeptDraft } from '../../forms/draft.ts';
import { newJobRules } from '../../forms/rules/jobs.build.ts';
import { sentenceOf, useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import type { OwnAudience } from './own-audience.ts';
import { problemsOf } from './problems.ts';
import { inputOf } from './request.ts';
import { changed, type ExportChange, type ExportValues, ofDestination, withDraft } from './values.ts';

interface ExportFormOptions {
  readonly type: NewJob['type'];
  /** The LINE Ads authorization, where the form does not choose one. */
  readonly authorizationId: string;
  /** As the form is when nothing was typed. */
  readonly initial: ExportValues;
  readonly storage: DraftStorage;
  /** Of a saved job: the audience that it has at LINE. */
  readonly own: OwnAudience | null;
  readonly save: { readonly error: Error | null; readonly reset: () => void; readonly isPending: boolean };
}

export function useExportForm({ type, authorizationId, initial: given, storage, own, save }: ExportFormOptions) {
  const { t } = useTranslation();
  const initial = ofDestination(given, destinationOfJob(type));
  const [begun] = useState(() => withDraft(initial, storage.read()));
  const form = useApiForm({
    rules: newJobRules,
    initialValues: begun,
    body: (values) => inputOf(values, authorizationId, own),
    check: (values, broken) =>
      Object.fromEntries(
        Object.entries(problemsOf(values, own, broken)).map(([path, problem]) => [
          path,
          typeof problem === 'string' ? t(problem) : sentenceOf(problem),
        ]),
      ),
    save,
    isLive: true,
  });
  useKeptDraft(storage, form.values);
  // What the form has filled in itself is nobody's draft.
  const [isDraft] = useState(() => typedOf(begun) !== typedOf(initial));
  return {
    ...form,
    isSaving: save.isPending,
    /** Whether it began with what a person had typed before. */
    isDraft,
    /** Forgets that draft. The form has to be made anew. */
    forgetDraft: storage.clear,
    /** Several values at once. @param path the field whose problem is shown from now on */
    change: (part: ExportChange, path?: string) => {
      form.setValues(changed(form.getValues(), part));
      if (path !== undefined) form.visit(path);
    },
  };
}

const typedOf = ({ configuration, ...values }: ExportValues): string =>
  JSON.stringify({
    ...values,
    configuration: { ...configuration, adaccount_id: '', id_field: '', default_country: '' },
  });

export type ExportForm = ReturnType<typeof useExportForm>;
