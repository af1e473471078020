/** What is exported of each member: the type of the identifier, and its field. */

import { identifierTypes } from '../../../src/domain/audiences/requests.ts';
import { Select } from '../../components/select.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { IdentifierFieldSelect } from '../../sources/identifier-field.tsx';
import type { ReadSource } from '../../sources/read-source.ts';
import type { ExportForm } from './use-export-form.ts';

/** E-mail addresses, the first choice, need none of them. */
const laterOptions = later(() => import('./identifier-options.tsx'));

export function IdentifierFields({ form, source }: { form: ExportForm; source: ReadSource }) {
  const { t } = useTranslation();
  // Visible at once, as the first choice of a person. Without a word, national numbers would match nobody.
  const { country } = useMe();
  const { segment_id, identifier_type, id_field } = form.values.configuration;
  const options = useLater(laterOptions);
  return (
    <>
      <Select
        label={t('form.identifier_type')}
        required
        allowDeselect={false}
        data={identifierTypes.map((value) => ({ value, label: t(`identifier.${value}`) }))}
        {...form.getInputProps('configuration.identifier_type')}
        value={identifier_type}
        onChange={(chosen) =>
          chosen &&
          form.change(
            { configuration: { identifier_type: chosen, id_field: '', default_country: country ?? '' } },
            'configuration.identifier_type',
          )
        }
      />
      <IdentifierFieldSelect
        fields={source.fields}
        failure={source.failure}
        disabled={segment_id === ''}
        {...form.getInputProps('configuration.id_field')}
        value={id_field}
      />
      {source.notice && <WarningNote text={source.notice} />}
      {options && <options.IdentifierOptions form={form} values={form.values.configuration} />}
    </>
  );
}
