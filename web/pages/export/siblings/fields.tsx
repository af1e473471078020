/** Further identifiers of the members: each has a card with its field and its audience. */
import { Button, Group, Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { MAX_SIBLINGS } from '../../../../src/domain/audiences/requests.ts';
import { useDestinationOf } from '../../../api/providers.ts';
import { PlusIcon } from '../../../components/icons.tsx';
import { withoutItem } from '../../../forms/paths.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { useMe } from '../../../lib/me.ts';
import { SiblingCard } from './card.tsx';
import type { SiblingFieldsProps } from './props.ts';
import { anotherSibling, matched, openSibling } from './suggestions.ts';
import type { TypedSibling } from './values.ts';

const PATH = 'configuration.siblings';

export function SiblingFields(props: SiblingFieldsProps) {
  const { t } = useTranslation();
  const { form, source } = props;
  const { country } = useMe();
  const destination = useDestinationOf(props.authorizationId);
  const { siblings } = form.values.configuration;
  const [added, setAdded] = useState<number>();
  const addButton = useRef<HTMLButtonElement>(null);
  const change = (to: readonly TypedSibling[], path?: string) =>
    form.change({ configuration: { siblings: matched(to, form.values) } }, path);
  // A draft may be of a time before the service had others.
  const isOld = matched(siblings, form.values).some((sibling, index) => sibling !== siblings[index]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest is another one every time
  useEffect(() => {
    if (isOld) change(siblings);
  }, [isOld]);
  const [open, suggestion] = openSibling(form.values, source.fields);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest is another one every time
  useEffect(() => {
    if (suggestion !== '')
      change(siblings.map((sibling, index) => (index === open ? { ...sibling, id_field: suggestion } : sibling)));
  }, [open, suggestion]);
  return (
    <Stack gap="md">
      {siblings.map((sibling, index) => (
        <SiblingCard
          key={sibling.key}
          {...props}
          sibling={sibling}
          index={index}
          isAdded={sibling.key === added}
          onChange={(part, field) =>
            change(
              siblings.map((other) => (other === sibling ? { ...other, ...part } : other)),
              `${PATH}.${index}.${field}`,
            )
          }
          onRemove={() => {
            change(siblings.filter((other) => other !== sibling));
            form.moveVisited((paths) => withoutItem(paths, PATH, index));
            // It is there again when the last place was taken, a moment later.
            setTimeout(() => addButton.current?.focus());
          }}
        />
      ))}
      {siblings.length < MAX_SIBLINGS && (
        <Group>
          <Button
            ref={addButton}
            variant="default"
            leftSection={<PlusIcon />}
            onClick={() => {
              const { ifa_format } = form.values.configuration;
              const types = destination?.identifiers.map(({ type }) => type);
              const next = anotherSibling(form.values, source.fields, country, ifa_format, types);
              setAdded(next.key);
              change([...siblings, next]);
            }}
          >
            {t('form.siblings.add')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
