/** A run that divides its members by the values of a column. It sends nothing itself: the jobs of the values do. */
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { RunDocument } from '../../../src/domain/runs/run.ts';
import { Facts } from '../../components/facts.tsx';
import { Section } from '../../components/page-layout.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

interface SplitResultProps {
  readonly split: NonNullable<RunDocument['split']>;
  readonly jobId: string | null;
}

export function SplitResult({ split, jobId }: SplitResultProps) {
  const { t, format } = useTranslation();
  return (
    <Section title={t('job.parts')}>
      <Facts
        facts={{
          [t('split.run.rows')]: format.number(split.rows),
          [t('split.run.placed')]: format.number(split.placed),
          [t('split.run.without')]: format.number(split.without),
          [t('split.run.parts')]:
            jobId === null ? (
              format.number(split.parts)
            ) : (
              <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id: jobId }} {...props} />}>
                {format.number(split.parts)}
              </Anchor>
            ),
          [t('split.run.added')]: format.number(split.added),
          [t('split.run.vanished')]: format.number(split.vanished),
        }}
      />
    </Section>
  );
}
