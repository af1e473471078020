/** Audience, of a database: one of its tables, or a query. */
import { Anchor, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { QueryText } from './query-text.tsx';
import { type SourceAudienceProps, SourceAudienceSelect } from './source-audience.tsx';

export function DatabaseAudience({ source, name, onChange, ...field }: SourceAudienceProps) {
  const { t } = useTranslation();
  const [writes, setWrites] = useState(isQuery(field.value));
  return (
    <Stack gap={6}>
      {writes ? (
        <QueryText {...field} onChange={(text) => onChange(text, text)} />
      ) : (
        <SourceAudienceSelect {...field} source={source} name={name} onChange={onChange} />
      )}
      <Anchor
        component="button"
        type="button"
        fz="sm"
        style={{ alignSelf: 'start' }}
        onClick={() => {
          setWrites(!writes);
          onChange('', '');
        }}
      >
        {t(writes ? 'form.query.choose' : 'form.query.write')}
      </Anchor>
    </Stack>
  );
}

/** As the sources tell a query from the name of a table, roughly: the first word decides. */
const isQuery = (text: string): boolean => /^[\s(]*(?:--|\/\*|(?:select|with)[\s*("'`/])/i.test(text);
