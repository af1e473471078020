/** Asks for an audience's name, and for a lookalike's rate. */
import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../lib/field-errors.ts';

const rates = Array.from({ length: 15 }, (_, index) => (index + 1) / 100);

interface NameDialogProps {
  readonly title: string;
  /** What the field holds at first. */
  readonly name: string;
  readonly action: string;
  readonly asksRate?: boolean;
  readonly onClose: () => void;
  readonly onSubmit: (input: { name: string; rate: number | null }) => Promise<unknown>;
}

export function NameDialog({ title, name: first, action, asksRate, onClose, onSubmit }: NameDialogProps) {
  const { t, format } = useTranslation();
  const fieldErrors = useFieldErrors();
  const [name, setName] = useState(first);
  const [rate, setRate] = useState('');
  const submit = useMutation({
    mutationFn: () => onSubmit({ name: name.trim(), rate: rate === '' ? null : Number(rate) }),
    onSuccess: onClose,
  });
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label={t('form.audience_name')}
            required
            data-autofocus
            value={name}
            error={fieldErrors(submit.error).name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {asksRate && (
            <Select
              label={t('audiences.lookalike.rate')}
              description={t('audiences.lookalike.rate.hint')}
              allowDeselect={false}
              data={[
                { value: '', label: t('audiences.lookalike.auto') },
                ...rates.map((value) => ({ value: String(value), label: format.percent(value) })),
              ]}
              value={rate}
              onChange={(value) => setRate(value ?? '')}
            />
          )}
          {submit.error && concernsWhole(submit.error, ['name']) && <Failure error={submit.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={submit.isPending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
