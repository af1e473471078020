/** Audience, of a database: one of its tables, or a query. */
import { Anchor, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { QueryText } from './query-text.tsx';
import { type SourceAudienceProps, SourceAudienceSelect } from './source-audience.tsx';

export function DatabaseAudience({ source, name, onChange, ...field }: SourceAudienceProps) {
  const { t } = useTranslation();
  const [writes, setWrites] = useState(isQuery(field.value));
  // What was chosen or written before, for the way back.
  const [before, setBefore] = useState({ id: '', name: '' });
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
          setBefore({ id: field.value, name });
          onChange(before.id, before.name);
        }}
      >
        {t(writes ? 'form.query.choose' : 'form.query.write')}
      </Anchor>
    </Stack>
  );
}

/** As the sources tell a query from the name of a table, roughly: the first word decides, or a comment before it. */
const isQuery = (text: string): boolean => /^[\s(]*(?:--|#|\/[*/]|(?:select|with|from)[\s*("'`/$])/i.test(text);
