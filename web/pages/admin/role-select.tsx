/** A role, with what it allows. */

import type { Role } from '../../../src/domain/people/people.ts';
import { Select, type SelectProps } from '../../components/select.tsx';
import { roles } from '../../forms/choices.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';

interface RoleSelectProps extends Omit<SelectProps<Role>, 'value' | 'data'> {
  readonly value?: Role;
}

export function RoleSelect({ value = 'viewer', ...props }: RoleSelectProps) {
  const { t } = useTranslation();
  return (
    <Select
      label={t('users.role')}
      description={t(`role.${value}.may`)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      allowDeselect={false}
      data={roles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
      value={value}
      {...props}
    />
  );
}
