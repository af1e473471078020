/** What is exported of each member: the type of the identifier, and its field. */

import { Button, Group, Text } from '@mantine/core';
import { suggestedCountry } from '../../../src/domain/audiences/field-names.ts';
import type { IdentifierType } from '../../../src/domain/audiences/requests.ts';
import { defaultDestination, typesOf } from '../../../src/domain/destinations/index.ts';
import { useDestinationOf } from '../../api/providers.ts';
import { Select } from '../../components/select.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { FirstValues } from '../../sources/first-values.tsx';
import { IdentifierFieldSelect } from '../../sources/identifier-field.tsx';
import type { ReadSource } from '../../sources/read-source.ts';
import { suggestedField, suggestedOtherType, suggestingOnly } from '../../sources/suggested-field.ts';
import { sampleOf } from './request.ts';
import { sharedWith } from './siblings/values.ts';
import type { ExportForm } from './use-export-form.ts';

/** E-mail addresses, the first choice, need none of them. */
const laterOptions = later(() => import('./identifier-options.tsx'));
/** Few destinations take two identifiers in one list. */
const laterBoth = later(() => import('./siblings/suggestions.ts'));

const TYPE = 'configuration.identifier_type';
/** E-mail addresses and phone numbers, into one list. */
const BOTH = 'email+phone';

interface IdentifierFieldsProps {
  readonly form: ExportForm;
  readonly authorizationId: string;
  readonly source: ReadSource;
}

export function IdentifierFields({ form, authorizationId, source }: IdentifierFieldsProps) {
  const { t } = useTranslation();
  // Visible at once, as the first choice of a person. Without a word, national numbers would match nobody.
  const { country } = useMe();
  const destination = useDestinationOf(authorizationId);
  const { segment_id, identifier_type, id_field } = form.values.configuration;
  const options = useLater(laterOptions);
  const types = destination?.identifiers.map(({ type }) => type) ?? typesOf(defaultDestination);
  const fields = suggestingOnly(source.fields, types);
  const other = suggestedOtherType(fields, form.values.configuration);
  const shared = sharedWith(form.values, destination?.sharing ?? []);
  const both = useLater(laterBoth, shared.isPossible);
  const choose = (type: IdentifierType, field = '') => {
    const named = field || suggestedField(source.fields, type);
    const default_country = suggestedCountry(named) ?? country ?? '';
    form.change(
      {
        configuration: {
          identifier_type: type,
          id_field: field,
          default_country,
          siblings: form.values.configuration.siblings.filter(({ shares }) => !shares),
        },
      },
      TYPE,
    );
  };
  return (
    <>
      <div className="form-row">
        <Select
          label={t('form.identifier_type')}
          required
          allowDeselect={false}
          data={[
            ...types.map((value) => ({ value, label: t(`identifier.${value}`) })),
            ...(both || shared.isChosen ? [{ value: BOTH, label: t('form.identifier_type.both') }] : []),
          ]}
          {...form.getInputProps(TYPE)}
          value={shared.isChosen ? BOTH : identifier_type}
          onChange={(chosen) => {
            if (chosen === BOTH) form.change({ ...both?.bothInOne(form.values, source.fields, country) }, TYPE);
            else if (chosen) choose(chosen as IdentifierType);
          }}
        />
        <div>
          <IdentifierFieldSelect
            fields={fields}
            failure={source.failure}
            disabled={segment_id === ''}
            {...form.getInputProps('configuration.id_field')}
            value={id_field}
          />
          <FirstValues source={source} request={sampleOf(form.values)} />
        </div>
      </div>
      {other && (
        <Group gap="xs" role="status">
          <Text fz="sm">{t('form.id_field.looks', { field: other.field, type: t(`identifier.${other.type}`) })}</Text>
          <Button size="compact-sm" variant="default" onClick={() => choose(other.type, other.field)}>
            {t('form.id_field.use', { type: t(`identifier.${other.type}`) })}
          </Button>
        </Group>
      )}
      {source.notice && <WarningNote text={source.notice} />}
      {options && (
        <options.IdentifierOptions form={form} values={form.values.configuration} destination={destination} />
      )}
    </>
  );
}
