/** Beside the form: what an export would send and skip. */
import { Alert, Button, Code, Divider, Group, Loader, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { memo, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Preview, PreviewRequest } from '../../../src/contracts/sources.ts';
import { QUERY_LOOKS_PER_HOUR } from '../../../src/domain/audiences/requests.ts';
import { previewQuery } from '../../api/sources.ts';
import { Failure } from '../../components/states.tsx';
import { TurnoverLine } from '../../components/turnover.tsx';
import { WarningLine } from '../../components/warning-line.tsx';
import { WarningList } from '../../components/warnings.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { countryName } from './countries.ts';
import { isEmptyPreview } from './request.ts';
import { SplitValues } from './split/values.tsx';
import type { TestRun } from './use-test-run.ts';

interface PreviewPanelProps {
  readonly request: PreviewRequest | null;
  /** Previews of a query are few, so a person asks for each. Undefined while it is not known. */
  readonly isQuery: boolean | undefined;
  readonly isTesting: boolean;
  /** The test run of the form as it is now. */
  readonly tested: TestRun | undefined;
  readonly testError: Error | null;
  /** An upload with fewer members is refused. */
  readonly minMembers: number;
}

export const PreviewPanel = memo(function PreviewPanel(props: PreviewPanelProps) {
  const { request, isQuery, isTesting, tested, testError, minMembers } = props;
  const { t, format } = useTranslation();
  const [settled] = useDebouncedValue(request, 400, { leading: true });
  const [asked, setAsked] = useState<PreviewRequest | null>(null);
  const isWanted = isQuery === false || (isQuery === true && asked === settled);
  const preview = useQuery({
    ...previewQuery(settled),
    enabled: settled !== null && isWanted,
    // Nobody has asked for it again.
    ...(isQuery && { staleTime: Number.POSITIVE_INFINITY }),
  });
  const hasSeveral = (request?.siblings ?? []).length > 0;
  const panel = useRef<HTMLDivElement>(null);
  // On a phone the panel is below the form.
  useEffect(() => {
    if (isTesting) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [isTesting]);
  return (
    <Stack
      ref={panel}
      className="card"
      p="lg"
      gap="sm"
      component="aside"
      aria-label={t('preview.title')}
      aria-busy={preview.isFetching}
      // It may be higher than the window. Then the keyboard scrolls it, too.
      tabIndex={hasSeveral ? 0 : undefined}
    >
      <Group justify="space-between" mih={24}>
        <Text component="h2" fz={17} fw={650} m={0}>
          {t('preview.title')}
        </Text>
        {preview.isFetching && <Loader role="status" size={14} color="gray" aria-label={t('state.loading')} />}
      </Group>
      {tested && <Tested run={tested} />}
      {testError && !preview.isError && <Failure error={testError} />}
      {!request && (
        <Text fz="sm" c="dimmed">
          {t('preview.empty')}
        </Text>
      )}
      {request && isQuery && !isWanted && !preview.data && (
        <>
          <Button variant="default" onClick={() => setAsked(settled)}>
            {t('preview.query.ask')}
          </Button>
          <Text fz="sm" c="dimmed">
            {t('preview.query', { looks: format.number(QUERY_LOOKS_PER_HOUR) })}
          </Text>
        </>
      )}
      {request && preview.isPending && preview.isFetching && (
        <Text fz="sm" c="dimmed">
          {t('preview.reading')}
        </Text>
      )}
      {request && preview.isError && <Failure error={preview.error} onRetry={() => preview.refetch()} />}
      {request && settled && preview.data && <Found preview={preview.data} request={settled} minMembers={minMembers} />}
    </Stack>
  );
});

/** What a test run has found, in plain words. */
function Tested({ run }: { run: TestRun }) {
  const { t } = useTranslation();
  const { preview, refused } = run;
  const all = [preview, ...(preview.siblings ?? [])];
  const isGood = !isEmptyPreview(preview) && !refused;
  const sent = all.reduce((sum, { counts }) => sum + counts.unique, 0);
  const chunks = all.reduce((sum, { chunks: own }) => sum + own, 0);
  return (
    <Alert variant="default" role="status" p="sm" title={t(isGood ? 'export.test.good' : 'export.test.bad')}>
      <Text fz="sm">
        {isEmptyPreview(preview)
          ? t(all.length > 1 ? 'preview.none.several' : 'preview.none')
          : t(all.length > 1 ? 'export.test.sentSeveral' : 'export.test.sent', { count: sent, chunks })}{' '}
        {refused !== null && (refused > 0 ? t('export.test.refused', { count: refused }) : t('export.test.accepted'))}{' '}
        {t('export.test.nothing')}
      </Text>
    </Alert>
  );
}

interface FoundProps {
  readonly preview: Preview;
  readonly request: PreviewRequest;
  readonly minMembers: number;
}

/** One result, or one beside the other for each identifier. */
function Found({ preview, request, minMembers }: FoundProps) {
  const { t } = useTranslation();
  const { complete, siblings = [], reachable, split } = preview;
  const notes = (
    <>
      {isEmptyPreview(preview) && (
        <Text fz="sm" fw={600}>
          {t(siblings.length > 0 ? 'preview.none.several' : 'preview.none')}
        </Text>
      )}
      {!complete && (
        <Text fz="sm" c="dimmed">
          {t('preview.partial')}
        </Text>
      )}
    </>
  );
  if (siblings.length === 0) {
    return (
      <>
        <Outcome
          preview={preview}
          country={request.default_country ?? null}
          minMembers={minMembers}
          isRaw={isSentRaw(request)}
          isAlone
        >
          {notes}
        </Outcome>
        {split && <SplitValues split={split} />}
      </>
    );
  }
  const all = [request, ...(request.siblings ?? [])].flatMap((delivery, index) => {
    const result = index === 0 ? preview : siblings[index - 1];
    return result ? [{ ...delivery, result }] : [];
  });
  return (
    <>
      {reachable && (
        <Text fz="sm" role="status">
          {t('preview.reachable', reachable)}
        </Text>
      )}
      {notes}
      <div className="previews">
        {all.map(({ result, identifier_type, id_field, default_country = null, ...delivery }, index) => (
          <Stack
            // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same field, until that is mended
            key={index}
            component="section"
            gap="sm"
            aria-label={`${t(`identifier.${identifier_type}`)} (${id_field})`}
          >
            <div>
              <Text component="h3" fz="sm" fw={650} m={0}>
                {t(`identifier.${identifier_type}`)}
              </Text>
              <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {id_field}
              </Text>
            </div>
            <Outcome
              preview={result}
              country={default_country}
              minMembers={minMembers}
              isRaw={isSentRaw({ ...delivery, identifier_type })}
            />
          </Stack>
        ))}
      </div>
      {split && <SplitValues split={split} />}
    </>
  );
}

interface OutcomeProps {
  readonly preview: Pick<Preview, 'counts' | 'turnover' | 'examples' | 'sent' | 'chunks' | 'warnings'>;
  readonly country: string | null;
  readonly minMembers: number;
  /** Nothing is hashed. */
  readonly isRaw: boolean;
  /** A screen reader says its number as soon as it is there. */
  readonly isAlone?: boolean;
  /** Below the number of valid members. */
  readonly children?: ReactNode;
}

const isSentRaw = ({ identifier_type, ifa_format }: Pick<PreviewRequest, 'identifier_type' | 'ifa_format'>): boolean =>
  identifier_type === 'line_user_id' || (identifier_type === 'ifa' && ifa_format === 'raw');

function Outcome({ preview, country, minMembers, isRaw, isAlone, children }: OutcomeProps) {
  const { t, tIfKnown, format, language } = useTranslation();
  const { counts, turnover, examples, sent, chunks, warnings } = preview;
  const skipped: readonly (readonly [name: string, label: string, count: number])[] = [
    ['missing', t('count.missing'), counts.missing],
    ...Object.entries(counts.invalid).map(
      ([reason, count]) =>
        [
          reason,
          // National numbers that the country cannot have are among them.
          reason === 'not_a_phone' && country
            ? t('preview.notOfCountry', { country: countryName(country, language) })
            : tIfKnown(`reason.${reason}`, reason),
          count,
        ] as const,
    ),
    ['suppressed', t('count.suppressed'), counts.suppressed ?? 0],
    ['held_out', t('count.held_out'), counts.held_out ?? 0],
    ['duplicates', t('count.duplicates'), counts.duplicates],
  ];
  const shown = skipped.filter(([, , count]) => count > 0);
  return (
    <>
      <div role={isAlone ? 'status' : undefined}>
        <Text fz={30} fw={680} lh={1.15} style={{ fontVariantNumeric: 'tabular-nums' }}>
          {format.number(counts.unique)}
        </Text>
        <Text fz="sm" c="dimmed">
          {t('preview.valid', { rows: counts.rows, chunks })}
        </Text>
        {turnover && <TurnoverLine turnover={turnover} total={counts.unique} />}
      </div>
      {counts.unique > 0 && counts.unique < minMembers && (
        <WarningLine>
          <Text fz="sm">{t('preview.few', { min: minMembers })}</Text>
        </WarningLine>
      )}
      {children}
      {sent.length > 0 && (
        <dl className="tally">
          <div>
            <dt>{t(isRaw ? 'preview.sent.raw' : 'preview.sent')}</dt>
            {sent.map(({ row, value }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row may have two equal values
              <dd key={index} className="note">
                {t('preview.row', { row })} <Code fz={12}>{value}</Code>
              </dd>
            ))}
          </div>
        </dl>
      )}
      {shown.length > 0 && <Divider color="var(--lineup-border)" />}
      <dl className="tally">
        {shown.map(([name, label, count]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd className="numbers">{format.number(count)}</dd>
            {(examples[name] ?? []).slice(0, 3).map(({ row, value }) => (
              <dd key={row} className="note">
                {t('preview.row', { row })} <Code fz={12}>{value}</Code>
              </dd>
            ))}
          </div>
        ))}
      </dl>
      <WarningList warnings={warnings} />
    </>
  );
}
