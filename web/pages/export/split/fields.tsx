/** An audience for each value of a column: which column, how they are named, and what a refusal stops. */
import { Anchor, Radio, Stack, Switch, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../../src/contracts/jobs.ts';
import type { Preview } from '../../../../src/contracts/sources.ts';
import { nameFrom } from '../../../../src/domain/jobs/part-values.ts';
import { refusalChoices } from '../../../../src/domain/jobs/split.ts';
import { LongSelect } from '../../../components/long-list.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import type { ReadSource } from '../../../sources/read-source.ts';
import type { ExportForm } from '../use-export-form.ts';
import type { TypedSplit } from '../values.ts';

export interface SplitFieldsProps {
  readonly form: ExportForm;
  readonly source: ReadSource;
  /** A saved job stays what it is. */
  readonly isSaved: boolean;
  /** What the panel beside the form has found. */
  readonly found: Preview | undefined;
}

const PATH = 'configuration.split';
/** With the name of the job, so that nobody sees a value alone among other audiences. */
const TEMPLATE = '{name} {value}';

export function SplitFields({ form, source, isSaved, found }: SplitFieldsProps) {
  const { t } = useTranslation();
  const { split, hash_in_database, id_field, siblings } = form.values.configuration;
  const change = (part: Partial<TypedSplit>, key?: string) =>
    form.change({ configuration: { split: { ...split, ...part } } }, key && `${PATH}.${key}`);
  // What it does not go with is turned off first, by the person who has turned it on.
  const isInTheWay = hash_in_database && !split.isOn;
  const used = [id_field, ...siblings.map((sibling) => sibling.id_field)];
  const columns = source.fields.map(({ name }) => name).filter((name) => !used.includes(name));
  return (
    <Stack gap="sm">
      {!isSaved && (
        <Switch
          label={t('split.switch')}
          description={t(isInTheWay ? 'split.switch.hashes' : 'split.switch.hint')}
          disabled={isInTheWay}
          checked={split.isOn}
          onChange={(event) =>
            form.change({
              audience_label: '',
              configuration: {
                audience_id: '',
                split: { ...split, isOn: event.currentTarget.checked, name_template: split.name_template || TEMPLATE },
              },
            })
          }
        />
      )}
      {split.isOn && (
        <>
          <div className="form-row">
            <LongSelect
              label={t('split.column')}
              required
              disabled={columns.length === 0}
              {...form.getInputProps(`${PATH}.column`)}
              data={split.column === '' || columns.includes(split.column) ? columns : [split.column, ...columns]}
              value={split.column || null}
              onChange={(column) => column && change({ column }, 'column')}
              placeholder={columns.length === 0 ? t('form.id_field.first') : undefined}
              nothingFoundMessage={t('form.id_field.none')}
            />
            <TextInput
              label={t('split.name_template')}
              required
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              description={<Example form={form} value={found?.split?.values[0]?.value} />}
              {...form.getInputProps(`${PATH}.name_template`)}
              value={split.name_template}
              onChange={(event) => change({ name_template: event.currentTarget.value }, 'name_template')}
            />
          </div>
          <Radio.Group
            label={t('split.on_refusal')}
            data-path={`${PATH}.on_refusal`}
            value={split.on_refusal}
            onChange={(chosen) => change({ on_refusal: chosen as TypedSplit['on_refusal'] })}
          >
            <Stack gap="xs" mt={6}>
              {refusalChoices.map((choice) => (
                <Radio
                  key={choice}
                  value={choice}
                  label={t(`split.on_refusal.${choice}`)}
                  description={t(`split.on_refusal.${choice}.hint`)}
                />
              ))}
            </Stack>
          </Radio.Group>
        </>
      )}
    </Stack>
  );
}

/** The name of one audience, as the template gives it now. @param value the first one of the preview */
function Example({ form, value }: { form: ExportForm; value: string | undefined }) {
  const { t } = useTranslation();
  const { name, max_name_length, configuration } = form.values;
  const example = nameFrom(configuration.split.name_template, {
    value: value ?? t('split.example.value'),
    name: name.trim(),
  }).trim();
  return (
    <>
      {t('split.name_template.hint', { value: '{value}', name: '{name}' })}{' '}
      <Text span inherit role="status" style={{ overflowWrap: 'anywhere' }}>
        {t('split.example', { example, length: [...example].length, most: max_name_length })}
      </Text>
    </>
  );
}

/** In the form of one audience of many: where the rest is. */
export function WholeJob({ part }: { part: NonNullable<JobView['part_of']> }) {
  const { t } = useTranslation();
  return (
    <Text fz="sm">
      {t('split.part')}{' '}
      <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id: part.id }} {...props} />}>
        {part.name}
      </Anchor>
    </Text>
  );
}
