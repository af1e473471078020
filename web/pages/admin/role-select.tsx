/** A role, with what it allows. */
import { Select } from '@mantine/core';
import type { Role } from '../../../src/contracts/people.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const roles: readonly Role[] = ['administrator', 'editor', 'viewer'];

export function RoleSelect({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const { t } = useTranslation();
  return (
    <Select
      label={t('users.role')}
      description={t(`role.${value}.may`)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      allowDeselect={false}
      data={roles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
      value={value}
      onChange={(role) => role && onChange(role)}
    />
  );
}
