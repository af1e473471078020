/** The result for one audience of a run that was stopped: before, after, and the reasons. */
import { Text } from '@mantine/core';
import { changeOf } from '../../../src/domain/jobs/approvals.ts';
import type { JudgedAudience, JudgedReason } from '../../../src/domain/runs/run.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { describeAudienceSize } from '../../lib/audience-size.ts';

interface JudgedProps {
  readonly audience: JudgedAudience;
  readonly isSeveral?: boolean;
}

/** Of the audiences of a split job, many have the same number. */
export const keyOf = ({ delivery, part }: JudgedAudience): string => `${delivery} ${part?.value ?? ''}`;

export function Judged({ audience, isSeveral = false }: JudgedProps) {
  const { t, format } = useTranslation();
  const { audienceName, audienceId, identifierType, before, after, reasons } = audience;
  const change = changeOf(audience);
  // A new audience holds nobody.
  const now = before === null ? 0 : before.size;
  const name = audienceName ?? audienceId ?? undefined;
  return (
    // No landmark: the dialog has it once more.
    // biome-ignore lint/a11y/useSemanticElements: a group of facts, of no form
    <div role="group" aria-label={name} className="judged">
      <Text fz="sm">
        <Text span fw={600}>
          {name}
        </Text>
        {isSeveral && (
          <Text span c="dimmed">
            {' · '}
            {t(`identifier.${identifierType}`)}
          </Text>
        )}
      </Text>
      <Text fz={26} fw={680} lh={1.25} className="digits">
        {now === null ? '?' : format.number(now)} → {format.number(after)}
        {change !== undefined && (
          <Text span fz="md" fw={600}>
            {' '}
            ({format.change(change)})
          </Text>
        )}
      </Text>
      {now !== null && <Bars now={now} after={after} />}
      {before && now !== null && (
        <Text fz="xs" c="dimmed">
          {describeAudienceSize(before, { t, format })}
        </Text>
      )}
      {reasons.length > 0 && (
        <ul className="reasons">
          {reasons.map((reason) => (
            <li key={reason.code}>
              <Reason reason={reason} audience={audience} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The numbers above say the same in words. */
function Bars({ now, after }: { now: number; after: number }) {
  const { t } = useTranslation();
  const most = Math.max(now, after, 1);
  return (
    <div className="before-after" aria-hidden="true">
      <span>{t('approval.now')}</span>
      <i data-of="now" style={{ width: `${(now / most) * 100}%` }} />
      <span>{t('approval.then')}</span>
      <i data-of="then" style={{ width: `${(after / most) * 100}%` }} />
    </div>
  );
}

/** In the words of a marketer. The server's sentence is for the log. */
function Reason({ reason, audience }: { reason: JudgedReason; audience: JudgedAudience }) {
  const { t, format } = useTranslation();
  const { code, measured } = reason;
  const limit = format.percent(reason.limit);
  const size = audience.before?.size ?? 0;
  // Cut, as everywhere, so that losing nearly all does not read as losing all.
  const share = measured === null ? '?' : format.percent(Math.floor(Math.abs(measured) * 1_000) / 1_000);
  switch (code) {
    case 'audience_shrinks':
      return t('approval.reason.shrinks', { lost: Math.max(0, size - audience.after), size, share, limit });
    case 'audience_size_unknown':
      return t('approval.reason.unknown');
    case 'skipped_share_exceeded':
      return t('approval.reason.skipped', { share, limit });
    case 'size_change_exceeded':
      return t(`approval.reason.${(measured ?? 0) < 0 ? 'smaller' : 'larger'}`, { share, limit });
    case 'leaving_share_exceeded':
      return measured === null
        ? t('approval.reason.leaving_hidden', { limit })
        : t('approval.reason.leaving', { share, limit });
  }
}
