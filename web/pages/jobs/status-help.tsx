/** Explains each status of a job. */
import { jobConditions } from '../../../src/domain/jobs/conditions.ts';
import { Help } from '../../components/help.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function StatusHelp() {
  const { t } = useTranslation();
  const meanings = [
    ...jobConditions.map((condition) => [t(`job.condition.${condition}`), t(`help.status.${condition}`)] as const),
    [t('job.incomplete'), t('help.status.incomplete')] as const,
  ];
  return (
    <Help label={t('jobs.status')}>
      <dl className="meanings">
        {meanings.map(([name, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Help>
  );
}
