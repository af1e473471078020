/** Asks for an audience's name, and for a lookalike's rate. */
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Select } from '../../components/select.tsx';
import { newLookalikeRules } from '../../forms/rules/line.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';

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

export function NameDialog({ title, name, action, asksRate, onClose, onSubmit }: NameDialogProps) {
  const { t, format } = useTranslation();
  const submit = useMutation({ mutationFn: onSubmit, onSuccess: onClose });
  const form = useApiForm({
    rules: newLookalikeRules,
    initialValues: { name, rate: '' },
    body: (values) => ({ name: values.name.trim(), rate: values.rate === '' ? null : Number(values.rate) }),
    save: submit,
  });
  return (
    <FormDialog
      title={title}
      action={action}
      isSaving={submit.isPending}
      failure={form.failure}
      onClose={onClose}
      onSubmit={form.onSubmit((input) => submit.mutate(input))}
    >
      <TextInput label={t('form.audience_name')} data-autofocus {...form.field('name')} />
      {asksRate && (
        <Select
          label={t('audiences.lookalike.rate')}
          description={t('audiences.lookalike.rate.hint')}
          allowDeselect={false}
          data={[
            { value: '', label: t('form.file_format.auto') },
            ...rates.map((value) => ({ value: String(value), label: format.percent(value) })),
          ]}
          {...form.getInputProps('rate')}
        />
      )}
    </FormDialog>
  );
}
