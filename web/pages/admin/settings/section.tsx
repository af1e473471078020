/** One section of the settings, saved by itself. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { type FormEventHandler, type ReactNode, useState } from 'react';
import type { SettingSection } from '../../../../src/contracts/settings.ts';
import { useChange } from '../../../api/change.ts';
import { changeSettings } from '../../../api/settings.ts';
import { Confirm } from '../../../components/confirm.tsx';
import { Failure } from '../../../components/states.tsx';
import { useToast } from '../../../components/toast.ts';
import { useTranslation } from '../../../i18n/provider.tsx';

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** Saves a section, and reports that. */
export function useSaveSection<Section extends SettingSection>(section: Section) {
  const { t } = useTranslation();
  const toast = useToast();
  return useChange(changeSettings(section), { onUpdated: () => toast.done(t('settings.saved')) });
}

interface SectionFormProps<Value> {
  readonly title: string;
  readonly form: {
    readonly failure: Error | null;
    readonly onSubmit: (send: (value: Value) => void) => FormEventHandler<HTMLFormElement>;
    readonly getTransformedValues: () => Value;
  };
  readonly save: { readonly isPending: boolean; readonly mutate: (value: Value) => void };
  /** What is asked before it is saved; null: nothing. */
  readonly ask?: { readonly title: string; readonly action: string; readonly detail: ReactNode } | null;
  readonly children: ReactNode;
}

export function SectionForm<Value>({ title, form, save, ask, children }: SectionFormProps<Value>) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <form
      aria-label={title}
      onSubmit={form.onSubmit((value) => {
        if (ask) setAsking(true);
        else save.mutate(value);
      })}
    >
      <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md">
        <Text component="h2" fz={17} fw={650} m={0}>
          {title}
        </Text>
        {children}
        {form.failure && <Failure error={form.failure} />}
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
          onConfirm={async () => save.mutate(form.getTransformedValues())}
        >
          {ask.detail}
        </Confirm>
      )}
    </form>
  );
}
