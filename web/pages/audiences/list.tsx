/** LINE's custom audiences of an ad account. The chosen account is in the address, and remembered in the browser. */
import { Box, Button, Group, Text, TextInput } from '@mantine/core';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useId, useState } from 'react';
import type { AdAccountRef, CustomAudience, Twins } from '../../../src/contracts/custom-audiences.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { adAccountsQuery, customAudiencesQuery, twinsQuery } from '../../api/custom-audiences.ts';
import { useDestinationOf, useDestinationsAmong, useHasSuccessor } from '../../api/providers.ts';
import { Copyable } from '../../components/copyable.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { LineTerm, useLineTerm } from '../../components/line-term.tsx';
import { OfAuthorization } from '../../components/of-destination.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Select } from '../../components/select.tsx';
import { useSelection } from '../../components/selection.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { LineStatus, Status } from '../../components/status.tsx';
import { adAccountPattern } from '../../forms/rules/line.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { rememberAccount, useAccount } from './account.ts';
import { AudienceMenu } from './menu.tsx';
import { SharedAudiences } from './shared.tsx';

const overlap = later(() => import('./overlap.tsx'));

/** LINE compares one audience with up to four others. */
const MAX_COMPARED = 5;

export function AudiencesPage() {
  const search = useSearch({ from: '/app/audiences' });
  const authorizations = useQuery(authorizationsQuery);
  const usable = useDestinationsAmong(authorizations.data ?? []);
  const chosen = useAccount(search, usable);
  return (
    <OfAuthorization id={chosen.account.authorization_id}>
      <Audiences authorizations={authorizations} usable={usable} {...chosen} />
    </OfAuthorization>
  );
}

interface AudiencesProps extends ReturnType<typeof useAccount> {
  readonly authorizations: UseQueryResult<readonly unknown[]>;
  /** Those of destinations. */
  readonly usable: readonly { readonly id: string; readonly label: string }[];
}

function Audiences({ authorizations, usable, account, isChoosing }: AudiencesProps) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/app/audiences' });
  const navigate = useNavigate({ from: '/audiences' });
  const list = useQuery(customAudiencesQuery({ ...account, search: search.search, cursor: search.cursor }));
  const go = (part: Partial<typeof search>) =>
    navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }) });
  const destination = useDestinationOf(account.authorization_id);
  const isAccountKnown = account.adaccount_id !== '' && account.authorization_id !== '';

  return (
    <PageLayout title={t('nav.audiences')} lead={t('audiences.lead')}>
      {authorizations.isError && <Failure error={authorizations.error} />}
      {authorizations.data && usable.length === 0 && (
        <Empty
          title={t('export.noDestination')}
          action={
            <Button variant="default" renderRoot={(props) => <Link to="/authorizations" {...props} />}>
              {t('nav.authorizations')}
            </Button>
          }
        >
          {t('authorization.none.detail')}
        </Empty>
      )}
      {usable.length > 0 && !isChoosing && (
        <AccountForm
          key={`${account.authorization_id} ${account.adaccount_id} ${search.search}`}
          account={account}
          search={search.search ?? ''}
          authorizations={usable.map(({ id, label }) => ({ value: id, label }))}
          onShow={(shown, text) => {
            rememberAccount(shown);
            return go({
              authorization: shown.authorization_id,
              account: shown.adaccount_id || undefined,
              search: text || undefined,
            });
          }}
        />
      )}
      {usable.length > 0 && !isAccountKnown && !isChoosing && (
        <Empty title={t('audiences.choose')}>{t('audiences.choose.detail')}</Empty>
      )}
      {(isChoosing || (isAccountKnown && list.isPending && list.isFetching)) && <LoadingRows />}
      {isAccountKnown && list.isError && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {isAccountKnown && list.data?.items.length === 0 && (
        <Empty title={t('audiences.none')}>{search.search ? undefined : t('audiences.none.detail')}</Empty>
      )}
      {isAccountKnown && list.data && list.data.items.length > 0 && !list.isError && (
        <>
          <AudienceTable account={account} audiences={list.data.items} />
          <Pager
            cursor={search.cursor}
            next={list.data.next}
            onGo={(cursor) => navigate({ search: (before) => ({ ...before, cursor }) })}
          />
        </>
      )}
      {isAccountKnown && destination?.extras.includes('shared') && (
        <SharedAudiences
          key={`${account.authorization_id} ${search.search}`}
          authorizationId={account.authorization_id}
          search={search.search}
        />
      )}
    </PageLayout>
  );
}

interface AccountFormProps {
  readonly account: AdAccountRef;
  readonly search: string;
  readonly authorizations: readonly { value: string; label: string }[];
  readonly onShow: (account: AdAccountRef, search: string) => void;
}

function AccountForm({ account, search, authorizations, onShow }: AccountFormProps) {
  const { t } = useTranslation();
  const [authorization, setAuthorization] = useState(account.authorization_id);
  const [id, setId] = useState(account.adaccount_id);
  const [text, setText] = useState(search);
  const known = useId();
  const accounts = useQuery(adAccountsQuery(authorization));
  const destination = useDestinationOf(authorization);
  // It is the only account of its authorization.
  const isChannel = destination?.account === 'channel';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onShow({ authorization_id: authorization, adaccount_id: isChannel ? '' : id.trim() }, text.trim());
      }}
    >
      <Group align="flex-end" gap="sm">
        <Select
          label={t('authorization.title')}
          allowDeselect={false}
          data={[...authorizations]}
          value={authorization}
          onChange={(value) => value && setAuthorization(value)}
          w={{ base: '100%', xs: 220 }}
        />
        {!isChannel && (
          <TextInput
            label={t('form.adaccount_id.plain')}
            placeholder={destination?.account === 'base_and_account' ? '1234567' : 'A1'}
            required
            withAsterisk={false}
            pattern={adAccountPattern}
            list={known}
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
            w={{ base: '100%', xs: 180 }}
          />
        )}
        <datalist id={known}>
          {accounts.data?.items.map((item) => (
            <option key={item.id} value={item.id} label={item.name ?? undefined} />
          ))}
        </datalist>
        <TextInput
          label={t('list.search')}
          type="search"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          w={{ base: '100%', xs: 200 }}
        />
        <Button type="submit" variant="default">
          {t('audiences.show')}
        </Button>
      </Group>
    </form>
  );
}

function AudienceTable({ account, audiences }: { account: AdAccountRef; audiences: readonly CustomAudience[] }) {
  const { t, format, translate } = useTranslation();
  const { may } = useMe();
  const typeOf = useLineTerm();
  const extras = useDestinationOf(account.authorization_id)?.extras ?? [];
  const selection = useSelection(audiences);
  const compared = selection.selected;
  const ids = audiences.map(({ id }) => id);
  const twins = useQuery(twinsQuery(account, ids, useHasSuccessor(account.authorization_id)));
  const [comparing, setComparing] = useState(false);
  const part = useLater(overlap, comparing);
  // What all have in common tells nothing: it is in the tooltip of the name.
  const hasTypes = new Set(audiences.map(({ type }) => type)).size > 1;
  const hasEnds = audiences.some(({ ends_at }) => ends_at !== undefined);
  const hasTrends = audiences.some(({ recent_sizes = [] }) => recent_sizes.length > 1);
  return (
    <>
      {extras.includes('overlap') && (
        <Group justify="space-between">
          <Text fz="sm" c="dimmed">
            {t('audiences.overlap.hint', { count: MAX_COMPARED })}
          </Text>
          <Button
            variant="default"
            size="xs"
            disabled={compared.length < 2 || compared.length > MAX_COMPARED}
            onClick={() => setComparing(true)}
          >
            {t('audiences.overlap')}
          </Button>
        </Group>
      )}
      <div className="card">
        <DataTable
          verticalSpacing="sm"
          horizontalSpacing="md"
          rows={audiences}
          rowKey={({ id }) => id}
          columns={[
            extras.includes('overlap') &&
              selection.column({ label: 'audiences.overlap', rowLabel: 'audiences.select' }),
            {
              label: 'list.name',
              className: 'main-column',
              cell: (audience) => (
                <>
                  <Text fz="sm" fw={550} title={hasTypes ? undefined : typeOf(audience.type)}>
                    {audience.name}
                  </Text>
                  <Text fz="xs" c="dimmed" component="div">
                    <Copyable text={audience.id} />
                  </Text>
                  <Unusable audience={audience} />
                  {audience.ends_at && (
                    <Text fz="xs" c="dimmed" className="below-xl">
                      {t('audiences.ends')}
                      {t('list.colon')}
                      {format.date(audience.ends_at)}
                    </Text>
                  )}
                  <TwinsOf twins={twins.data?.items.filter((twin) => twin.audience_id === audience.id) ?? []} />
                  {hasTypes && (
                    <Box className="below-xl" fz="xs">
                      <LineTerm constant={audience.type} isQuiet />
                    </Box>
                  )}
                  <Box className="below-l" fz="xs">
                    <UsedBy audience={audience} />
                  </Box>
                  <Box className="below-m" fz="xs" mt={2}>
                    <AudienceStatus audience={audience} />
                    <Text span fz="xs" c="dimmed" ml="sm">
                      {formatLineSize(audience.estimated_size, { t, format })}
                    </Text>
                  </Box>
                </>
              ),
            },
            hasTypes && {
              label: 'audiences.type',
              from: 'xl',
              className: 'text-column',
              cell: ({ type }) => <LineTerm constant={type} isQuiet />,
            },
            {
              label: 'jobs.status',
              from: 'm',
              className: 'text-column',
              cell: (audience) => <AudienceStatus audience={audience} />,
            },
            {
              label: 'chart.estimate',
              from: 'm',
              isNumeric: true,
              cell: ({ estimated_size }) => formatLineSize(estimated_size, { t, format }),
            },
            hasTrends && {
              label: 'jobs.trend',
              from: 'l',
              cell: ({ recent_sizes = [] }) => (
                <Sparkline
                  values={recent_sizes}
                  label={t('jobs.trend.label', { values: recent_sizes.map(format.number).join(t('list.comma')) })}
                />
              ),
            },
            {
              label: 'jobs.created',
              from: 'xl',
              className: 'one-line',
              // LY Ads does not tell it.
              cell: ({ created }) => (created === '' ? '–' : format.date(created)),
            },
            hasEnds && {
              label: 'audiences.ends',
              from: 'xl',
              className: 'one-line',
              cell: ({ ends_at }) => (ends_at === undefined ? '–' : format.date(ends_at)),
            },
            {
              label: 'audiences.usedBy',
              from: 'l',
              className: 'second-column',
              cell: (audience) => <UsedBy audience={audience} />,
            },
            may('custom_audiences.write') && {
              label: 'job.more',
              isLabelHidden: true,
              width: 44,
              cell: (audience) =>
                !audience.read_only && (
                  <AudienceMenu account={account} audience={audience} hasLookalikes={extras.includes('lookalike')} />
                ),
            },
          ]}
        />
      </div>
      {twins.data?.problems.map(({ authorization_label: system, ...why }) => (
        <Text key={`${system} ${why.message}`} fz="xs" c="dimmed">
          {t('audiences.twins.problem', { system, why: translate(why) })}
        </Text>
      ))}
      {comparing && part && (
        <part.OverlapDialog account={account} audiences={compared} onClose={() => setComparing(false)} />
      )}
    </>
  );
}

/** The same audience in other systems, as links to it there. */
function TwinsOf({ twins }: { twins: Twins['items'] }) {
  const { t, format } = useTranslation();
  return twins.map(({ authorization_id, authorization_label, adaccount_id, id, name, match, estimated_size }) => (
    <Text key={`${authorization_id} ${adaccount_id} ${id}`} fz="xs" c="dimmed" mt={2}>
      {t(`audiences.twin.${match}`, { system: authorization_label })}{' '}
      <Link
        to="/audiences"
        search={{ authorization: authorization_id, account: adaccount_id, search: name }}
        className="row-link"
      >
        {name}
      </Link>{' '}
      ({formatLineSize(estimated_size, { t, format })})
    </Text>
  ));
}

/** Links to the jobs that fill the audience. */
function UsedBy({ audience }: { audience: CustomAudience }) {
  return audience.used_by.map(({ id, name }) => (
    <Link key={id} to="/jobs/$id" params={{ id }} className="row-link" style={{ display: 'block' }}>
      {name}
    </Link>
  ));
}

/** Why nothing can be sent to an audience now, and what to do. */
function Unusable({ audience: { unusable, read_only } }: { audience: CustomAudience }) {
  const { t, translate } = useTranslation();
  if (!unusable) return null;
  return (
    <Box fz="xs" mt={2}>
      {/* An audience of others has no problem. */}
      {!read_only && <Status tone="bad">{t('healthReport.unusable')}</Status>}
      <Text fz="xs">{translate(unusable)}</Text>
    </Box>
  );
}

/** LINE's status of the audience, and the reason when it has failed. */
function AudienceStatus({ audience: { status, failed_type } }: { audience: CustomAudience }) {
  return (
    <>
      <LineStatus status={status} isQuiet />
      {failed_type && (
        <Text fz="xs" component="div">
          <LineTerm constant={failed_type} isQuiet />
        </Text>
      )}
    </>
  );
}
