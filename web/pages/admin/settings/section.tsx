/** One section of the settings, saved by itself. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { SettingSection, Settings } from '../../../../src/contracts/settings.ts';
import { useChange } from '../../../api/change.ts';
import { changeSettings } from '../../../api/settings.ts';
import { Confirm } from '../../../components/confirm.tsx';
import { Failure } from '../../../components/states.tsx';
import { useToast } from '../../../components/toast.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../../lib/field-errors.ts';

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

interface SectionFormProps<Section extends SettingSection> {
  readonly section: Section;
  readonly title: string;
  readonly value: Settings[Section];
  /** What is asked before it is saved; null: nothing. */
  readonly ask?: { readonly title: string; readonly action: string; readonly detail: ReactNode } | null;
  /** What the API says of single values, by path. */
  readonly children: ReactNode | ((errors: Readonly<Record<string, string>>) => ReactNode);
}

export function SectionForm<Section extends SettingSection>({
  section,
  title,
  value,
  ask,
  children,
}: SectionFormProps<Section>) {
  const { t } = useTranslation();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const save = useChange(changeSettings(section), {
    onUpdated: () => toast.done(t('settings.saved')),
  });
  const errors = useFieldErrors()(save.error);
  // A section whose fields do not tell theirs tells all of them below.
  const told = typeof children === 'function' ? errors : {};
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (ask) setAsking(true);
        else save.mutate(value);
      }}
    >
      <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md">
        <Text component="h2" fz={17} fw={650} m={0}>
          {title}
        </Text>
        {typeof children === 'function' ? children(errors) : children}
        {concernsWhole(save.error, Object.keys(told)) && save.error && <Failure error={save.error} />}
        <Group>
          <Button type="submit" variant="default" loading={save.isPending}>
            {t('action.save')}
          </Button>
        </Group>
      </Stack>
      {ask && (
        <Confirm
          opened={asking}
          onClose={() => setAsking(false)}
          title={ask.title}
          action={ask.action}
          onConfirm={async () => save.mutate(value)}
        >
          {ask.detail}
        </Confirm>
      )}
    </form>
  );
}
