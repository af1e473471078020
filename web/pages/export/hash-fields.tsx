/** Whether the database of the source hashes the identifiers. */
import { useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import type { ReadSource } from '../../sources/read-source.ts';
import { OptionSection } from './option-section.tsx';
import type { ExportForm } from './use-export-form.ts';

/** Only some sources can do it. */
const laterSwitch = later(() => import('./hash-switch.tsx'));

interface HashFieldsProps {
  readonly form: ExportForm;
  readonly source: ReadSource;
}

export function HashFields(props: HashFieldsProps) {
  const { source_authorization_id } = props.form.values;
  return <OfSource key={source_authorization_id} {...props} />;
}

/** Nothing for a source that cannot do it. */
function OfSource({ form, source }: HashFieldsProps) {
  const { t } = useTranslation();
  const { source_authorization_id, configuration } = form.values;
  // A saved job may have it although its source cannot do it. Switched off, it stays in the page, because it has the
  // focus.
  const [wasOn] = useState(configuration.hash_in_database);
  const isShown = wasOn || source.canHash(source_authorization_id);
  const hash = useLater(laterSwitch, isShown);
  if (!isShown) return null;
  return (
    <OptionSection title={t('form.hashing')} hint={t('form.hashing.hint')} path="configuration.hash_in_database">
      {hash && <hash.HashSwitch form={form} />}
    </OptionSection>
  );
}
