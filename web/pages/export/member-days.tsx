/** After how many days members leave the list, against the schedule, and what it will hold. */
import { Button, Group, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { OutlookRequest } from '../../../src/contracts/outlook.ts';
import { scheduleOf } from '../../../src/domain/schedule/schedule.ts';
import { outlookQuery } from '../../api/jobs.ts';
import { NumberField } from '../../components/number-field.tsx';
import { OutlookChart } from '../../components/outlook-chart.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { filledIn } from './request.ts';
import type { ExportForm } from './use-export-form.ts';

const PATH = 'configuration.member_days';

interface Found {
  readonly counts: { readonly unique: number };
  readonly siblings?: readonly Pick<Found, 'counts'>[] | undefined;
}

interface MemberDaysProps {
  readonly form: ExportForm;
  readonly most: number;
  readonly jobId: string | undefined;
  /** What the preview has found, once it is known. */
  readonly found: Found | undefined;
}

export function MemberDays({ form, most, jobId, found }: MemberDaysProps) {
  const { t } = useTranslation();
  const { configuration } = form.values;
  const { member_days } = configuration;
  const schedule = scheduleOf({ ...configuration, cron_expressions: filledIn(configuration.cron_expressions) }) ?? null;
  const isWhole = !configuration.continuous_update || schedule !== null;
  const members = found?.counts.unique ?? null;
  const further_members = (found?.siblings ?? []).flatMap(({ counts }, n) =>
    configuration.siblings[n]?.shares ? [counts.unique] : [],
  );
  const [settled] = useDebouncedValue(JSON.stringify({ schedule, member_days, members, further_members }), 300);
  const asked = JSON.parse(settled) as Pick<OutlookRequest, 'schedule' | 'members' | 'further_members'> & {
    member_days: number | '';
  };
  const request =
    isWhole && asked.member_days !== ''
      ? { ...asked, member_days: asked.member_days, job_id: jobId ?? null }
      : undefined;
  return (
    <Stack gap="sm">
      <NumberField
        label={t('form.member_days')}
        description={t('form.member_days.hint')}
        required
        min={1}
        max={most}
        unit={t('form.member_days.unit')}
        rightSectionWidth={64}
        styles={{ wrapper: { maxWidth: 160 } }}
        {...form.getInputProps(PATH)}
        value={member_days}
      />
      {request && (
        <Outlook
          request={request}
          most={most}
          onUse={(days) => form.change({ configuration: { member_days: days } }, PATH)}
        />
      )}
    </Stack>
  );
}

interface OutlookProps {
  readonly request: OutlookRequest;
  readonly most: number;
  readonly onUse: (days: number) => void;
}

function Outlook({ request, most, onUse }: OutlookProps) {
  const { t } = useTranslation();
  const { data } = useQuery(outlookQuery(request));
  const { warning, needed_days: needed } = data ?? {};
  return (
    <>
      {warning && (
        <Group gap="xs">
          <WarningNote text={warning} />
          {needed != null && needed <= most && (
            <Button size="compact-sm" variant="default" onClick={() => onUse(needed)}>
              {t('form.member_days.use', { days: needed })}
            </Button>
          )}
        </Group>
      )}
      <OutlookChart request={request} />
    </>
  );
}
