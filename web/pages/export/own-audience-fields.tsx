/**
 * The audience that a saved job fills, live from LINE, and what becomes of it: kept, perhaps under a new name; or left
 * alone, for another that is made or chosen. Campaigns target it, so nothing of that happens unsaid.
 */
import { Radio, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Note } from '../../components/note.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { AudienceNameInput } from './audience-name.tsx';
import { AudienceRow, useHeldAudience } from './audience-row.tsx';
import { choiceOf, type OwnAudience, whyNotKept } from './own-audience.ts';
import type { ExportForm } from './use-export-form.ts';
import type { AudienceChoice } from './values.ts';

const NAME = 'configuration.audience_name';

interface OwnAudienceProps {
  readonly own: OwnAudience;
  readonly form: ExportForm;
  /** The list of LINE's audiences. */
  readonly existing: ReactNode;
}

export function OwnAudienceFields({ own, form, existing }: OwnAudienceProps) {
  const { values, errors } = form;
  const { t } = useTranslation();
  const { id, adaccount_id } = own;
  const { authorization_id } = values;
  const { audience_name } = values.configuration;
  // As the authorization that the form has now sees it.
  const held = useHeldAudience({ authorization_id, adaccount_id }, { id, name: own.name, typed: values.renamed });
  const { known, name, typed, isRenamed } = held;
  const choice = choiceOf(values, own);
  const because = whyNotKept(values, own);
  const left = because === 'gone' ? undefined : t('form.audience.left', { name, id });
  const choose = (another_audience: AudienceChoice) =>
    form.change(
      {
        another_audience,
        // What is gone at LINE is made anew under its name.
        ...(because === 'gone' && audience_name === '' && { configuration: { audience_name: known ?? '' } }),
      },
      'another_audience',
    );
  const nameInput = (value: string, hint: string, onChange: (typed: string) => void) => (
    <AudienceNameInput
      description={hint}
      {...form.getInputProps(NAME)}
      maxNameLength={values.max_name_length}
      value={value}
      onChange={onChange}
    />
  );

  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('form.audience_id')}
        data-path="another_audience"
        value={choice}
        error={errors.another_audience ?? (choice === 'existing' ? undefined : errors['configuration.audience_id'])}
        onChange={(value) => choose(value as AudienceChoice)}
      >
        <Stack gap="xs" mt={6}>
          <AudienceRow {...held} />
          {because && (
            <Note
              title={
                because === 'gone'
                  ? known === null
                    ? t('form.audience.gone.unnamed', { id })
                    : t('form.audience.gone', { name, id })
                  : t('form.audience.needsAnother')
              }
            >
              <Text fz="sm">
                {because === 'gone' && t('form.audience.gone.todo')}
                {because === 'account' && t('form.audience.account', { name, id, account: own.adaccount_id })}
                {because === 'type' &&
                  t('form.audience.type', { name, id, type: t(`identifier.${own.identifier_type}`) })}
              </Text>
            </Note>
          )}
          {!because && <Radio value="keep" label={t('form.audience.keep')} />}
          <Radio value="another" label={because === 'gone' ? t('form.audience.anew') : t('form.audience.another')} />
          <Radio value="existing" label={t('form.audience.existing')} />
        </Stack>
      </Radio.Group>
      {choice === 'keep' &&
        nameInput(
          typed,
          isRenamed
            ? t('form.audience.rename', { from: known ?? '', to: typed.trim() })
            : t('form.audience.rename.hint'),
          (renamed) => form.change({ renamed }, NAME),
        )}
      {choice === 'another' &&
        nameInput(audience_name, left ?? t('form.audience_name.hint'), (typedName) =>
          form.change({ configuration: { audience_name: typedName } }, NAME),
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
