/** The warnings of a run or a preview, with what to do about each. */
import { List, Text } from '@mantine/core';
import type { RunWarning } from '../../src/domain/runs/run.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { WarningLine } from './warning-line.tsx';

/** Warnings whose own text contains facts (sizes, several counts, LINE's remark) that the title does not. */
const withFacts: readonly RunWarning['code'][] = [
  'audience_renewed',
  'count_differs',
  'job_failed_type',
  'leaving_share_exceeded',
  'phone_looks_national',
  'shrink',
  'size_change_exceeded',
  'skipped_share_exceeded',
  'spreadsheet_damaged',
  'suppression_without_field',
];

export function WarningList({ warnings }: { warnings: readonly RunWarning[] }) {
  const { t, translate } = useTranslation();
  if (warnings.length === 0) return null;
  return (
    <List listStyleType="none" spacing="sm">
      {warnings.map(({ code, count, ...text }) => (
        <List.Item key={code} styles={{ itemWrapper: { display: 'block' } }}>
          <WarningLine>
            <div>
              <Text fz="sm" fw={600}>
                {t(`warning.${code}`, { count })}
              </Text>
              {withFacts.includes(code) && <Text fz="sm">{translate(text)}</Text>}
              <Text fz="sm" c="dimmed">
                {t(`warning.${code}.todo`)}
              </Text>
            </div>
          </WarningLine>
        </List.Item>
      ))}
    </List>
  );
}
