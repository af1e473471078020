/**
 * The audience that a saved job fills, live from LINE, and what becomes of it: kept, perhaps under a new name; or left alone, for
 * another that is made or chosen. Campaigns target it, so nothing of that happens unsaid.
 */
import { Alert, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CustomAudience } from '../../../src/contracts/custom-audiences.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { MAX_AUDIENCE_NAME } from '../../../src/contracts/line-limits.ts';
import { customAudienceQuery } from '../../api/custom-audiences.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { useErrorText } from '../../components/states.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';
import {
  type AudienceChoice,
  charactersOf,
  choiceOf,
  type ExportDraft,
  type OwnAudience,
  ownAudienceOf,
  whyNotKept,
} from './form-values.ts';

/** What LINE says of it: undefined while it is asked, null when it is not there. */
interface Live {
  readonly audience: CustomAudience | null | undefined;
  readonly failure: Error | null;
}

/** @param authorization the one that the form has now */
export function useOwnAudience(job: JobView, authorization: string): { own: OwnAudience | null; live: Live } {
  const { adaccount_id } = job.configuration;
  const asked = useQuery(
    customAudienceQuery({ authorization_id: authorization, adaccount_id }, job.audience_id),
  );
  // To another key it may be out of sight: that says nothing of whether it is there.
  const isGone = asked.data === null && authorization === job.authorization_id;
  return { own: ownAudienceOf(job, isGone), live: { audience: asked.data, failure: asked.error } };
}

interface OwnAudienceProps {
  readonly own: OwnAudience;
  readonly live: Live;
  readonly draft: ExportDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly change: (part: Partial<ExportDraft>, path: string) => void;
  readonly onBlur: (path: string) => void;
  /** The list of LINE's audiences. */
  readonly existing: ReactNode;
}

export function OwnAudienceFields({ own, live, draft, errors, change, onBlur, existing }: OwnAudienceProps) {
  const { t, format } = useTranslation();
  const explain = useErrorText();
  const { id } = own;
  const known = live.audience?.name ?? own.name;
  const name = known ?? id;
  const choice = choiceOf(draft, own);
  const because = whyNotKept(draft, own);
  const left = because === 'gone' ? undefined : t('form.audience.left', { name, id });
  const failure = live.failure && explain(live.failure);
  const typed = draft.renamed ?? known ?? '';
  const isRenamed = typed.trim() !== '' && known !== null && typed.trim() !== known;
  const choose = (audience_choice: AudienceChoice) =>
    change(
      {
        audience_choice,
        // What is gone at LINE is made anew under its name.
        ...(because === 'gone' && draft.audience_name === '' && { audience_name: known ?? '' }),
      },
      'another_audience',
    );
  const nameInput = (value: string, hint: string, onChange: (typed: string) => void) => (
    <TextInput
      label={t('form.audience_name')}
      description={hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      required
      value={value}
      error={errors['configuration.audience_name']}
      rightSectionWidth={76}
      rightSection={
        <Text fz="xs" c="dimmed" className="numbers">
          {charactersOf(value)} / {MAX_AUDIENCE_NAME}
        </Text>
      }
      onChange={(event) => onChange(event.currentTarget.value)}
      onBlur={() => onBlur('configuration.audience_name')}
    />
  );

  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('form.audience_id')}
        value={choice}
        error={
          errors.another_audience ?? (choice === 'existing' ? undefined : errors['configuration.audience_id'])
        }
        onChange={(value) => choose(value as AudienceChoice)}
      >
        <Stack gap="xs" mt={6}>
          <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Text fz="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                {name}
              </Text>
              {known !== null && (
                <Text fz="xs" c="dimmed">
                  {id}
                </Text>
              )}
            </div>
            {live.audience && (
              <Text fz="xs" component="div" ta="right">
                <LineStatus status={live.audience.status} />
                <Text fz="xs" c="dimmed" className="numbers">
                  {formatLineSize(live.audience.estimated_size, { t, format })}
                </Text>
              </Text>
            )}
          </Group>
          {failure && (
            <Text fz="sm" c="dimmed">
              {failure.title}
              {t('list.colon')}
              {failure.detail}
            </Text>
          )}
          {because && (
            <Alert
              role="alert"
              variant="default"
              icon={<WarningIcon />}
              title={
                because === 'gone'
                  ? known === null
                    ? t('form.audience.gone.unnamed', { id })
                    : t('form.audience.gone', { name, id })
                  : t('form.audience.needsAnother')
              }
              styles={{ icon: { color: 'var(--lineup-care)' }, message: { color: 'inherit' } }}
            >
              <Text fz="sm">
                {because === 'gone' && t('form.audience.gone.todo')}
                {because === 'account' && t('form.audience.account', { name, id, account: own.adaccount_id })}
                {because === 'type' &&
                  t('form.audience.type', { name, id, type: t(`identifier.${own.identifier_type}`) })}
              </Text>
            </Alert>
          )}
          {!because && <Radio value="keep" label={t('form.audience.keep')} />}
          <Radio
            value="another"
            label={because === 'gone' ? t('form.audience.anew') : t('form.audience.another')}
          />
          <Radio value="existing" label={t('form.audience.existing')} />
        </Stack>
      </Radio.Group>
      {choice === 'keep' &&
        nameInput(
          typed,
          isRenamed
            ? t('form.audience.rename', { from: known ?? '', to: typed.trim() })
            : t('form.audience.rename.hint'),
          (renamed) => change({ renamed }, 'configuration.audience_name'),
        )}
      {choice === 'another' &&
        nameInput(draft.audience_name, left ?? t('form.audience_name.hint'), (audience_name) =>
          change({ audience_name }, 'configuration.audience_name'),
        )}
      {choice === 'existing' && (
        <>
          {existing}
          {left && (
            <Text fz="xs" c="dimmed">
              {left}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
