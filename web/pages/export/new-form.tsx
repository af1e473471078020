/** The form of a new export, whose first values a blank one, a copy or a job that is moved has given. */
import { Anchor, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { JobView, NewJob } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { createJob, jobValidationQuery } from '../../api/jobs.ts';
import { OfJobType } from '../../components/of-destination.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useIdempotencyKey } from '../../forms/use-idempotency-key.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { ExportFormFields } from './form.tsx';
import { type ExportForm, useExportForm } from './use-export-form.ts';
import { type ExportValues, ofSource } from './values.ts';

export interface NewExportProps {
  /** Under which what is typed is kept in the tab. */
  readonly draftKey: string;
  /** As it is when it is opened. */
  readonly initial: ExportValues;
  readonly type: JobView['type'];
  readonly authorizationId: string;
  /** A source's authorization that was made for it just now. */
  readonly source: string | undefined;
  /** Whether that source can hash the values itself. */
  readonly canHash?: boolean | undefined;
  /** How a job begins that goes on as this one. */
  readonly move?: MoveStart;
}

export interface MoveStart {
  readonly moved_from: string;
  /** Its first run waits until somebody resumes it. */
  readonly paused: boolean;
  /** When it was created. */
  readonly onCreated: () => Promise<unknown>;
}

export function NewExport(props: NewExportProps) {
  const [round, setRound] = useState(0);
  return (
    <OfJobType type={props.type}>
      <NewExportForm key={round} {...props} onStartAgain={() => setRound(round + 1)} />
    </OfJobType>
  );
}

function NewExportForm(props: NewExportProps & { readonly onStartAgain: () => void }) {
  const { draftKey, initial, type, authorizationId: chosen, source, canHash, move, onStartAgain } = props;
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate({ from: '/jobs/new' });
  const toast = useToast();
  const storage = useDraftStorage(draftKey);
  const isStillHere = useStillHere();
  const idempotencyKeyFor = useIdempotencyKey();
  const create = useChange(createJob, {
    onSuccess: storage.forget,
    onUpdated: async (job) => {
      await move?.onCreated();
      if (isStillHere()) await navigate({ to: '/jobs/$id', params: { id: job.id } });
      toast.done(t(move?.paused ? 'move.created' : 'export.created'));
    },
  });
  const form = useExportForm({ type, authorizationId: chosen, initial, storage, own: null, save: create });
  const input = {
    type,
    ...form.getTransformedValues(),
    ...(move && { moved_from: move.moved_from, paused: move.paused }),
  };
  const { continuous_update } = form.values.configuration;
  useEarlyRefusals(form, input);
  // biome-ignore lint/correctness/useExhaustiveDependencies: taken over once, from then on it is the form's own
  useEffect(() => {
    if (source === undefined) return;
    form.change(ofSource(form.values, source, canHash));
    void navigate({ search: ({ source: _, ...rest }) => rest, replace: true });
  }, [source]);

  return (
    <ExportFormFields
      form={form}
      type={type}
      authorizationId={input.authorization_id}
      addSource={
        // It leads back to an export that is new.
        draftKey === 'export' &&
        may('authorizations.write') && (
          <Text fz="sm" mt={-8}>
            <Anchor
              fz="inherit"
              renderRoot={(props) => (
                <Link
                  to="/authorizations/new"
                  search={{ for: 'export', authorization: input.authorization_id }}
                  {...props}
                />
              )}
            >
              {t('form.source.add')}
            </Anchor>
          </Text>
        )
      }
      input={input}
      onStartAgain={onStartAgain}
      submitLabel={t(move?.paused ? 'move.create' : 'export.complete')}
      submitHint={t(
        move?.paused ? 'move.create.hint' : continuous_update ? 'export.complete.scheduled' : 'export.complete.once',
      )}
      onSubmit={() => create.mutate({ body: input, idempotencyKey: idempotencyKeyFor(input) })}
    />
  );
}

/** Shows while typing what only the server knows: a name that LINE has already, a field that is gone. */
function useEarlyRefusals({ hasNoProblem, setErrors }: ExportForm, input: NewJob): void {
  const { translate } = useTranslation();
  const [settled] = useDebouncedValue(JSON.stringify(input), 700);
  const isSettled = settled === JSON.stringify(input);
  const asked: NewJob = JSON.parse(settled);
  const { data } = useQuery({ ...jobValidationQuery(asked), enabled: isSettled && hasNoProblem });
  useEffect(() => {
    if (!isSettled || !data) return;
    const found = Object.fromEntries(data.errors.map((refusal) => [refusal.path, translate(refusal)]));
    setErrors((refused) => ({ ...found, ...refused }));
  }, [isSettled, data, setErrors, translate]);
}
