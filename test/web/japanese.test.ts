/** The main flow as a person with a Japanese browser sees it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { authorize, comeIn, firstAdministrator } from '../support/installation.ts';
import { notJapanese } from '../support/language.ts';
import { admin, choose, openSection, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';
import { chunkNamed, filesOf } from '../support/web-build.ts';

/** The names that people have given to things here, and the one that Lineup suggests for an experiment: ASCII only. */
const names = [admin.name, '本番アカウント', '間違ったキー', 'experiment', 'Ctrl K'];

const members = (count: number): string[] => [
  'メール,電話',
  ...Array.from({ length: count }, (_, n) => `member${n}@example.jp,09000000000`),
];

describe('日本語で', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  /** No text on the page is in another language. */
  const allJapanese = async (where: string, on = page) => {
    const called = web.simulator.inspect().audiences.map(({ name }) => name);
    expect.soft(await notJapanese(on, [...names, ...called]), where).toEqual([]);
  };
  const create = () => page.getByRole('button', { name: '作成して実行', exact: true });
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', members(60));
    const administrator = await firstAdministrator(web);
    await web.service.settings.write('files', { roots: [web.members] }, administrator);
    await authorize(web, administrator, '本番アカウント');
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web, { locale: 'ja-JP' }));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('間違ったキー、届かないLINE、オーディエンスまで', async () => {
    await page.getByRole('heading', { name: 'エクスポートはまだありません' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
    await allJapanese('no job yet');

    await goTo(page, '/authorizations/new?provider=line_ads&method=line_ads_api_key');
    await page.getByRole('button', { name: '認証情報を保存' }).click();
    await page.getByText('ラベルを入力してください。').waitFor();
    await allJapanese('an authorization, with nothing filled in');
    await page.getByLabel('ラベル').fill('間違ったキー');
    await page.getByLabel('アクセスキー').fill(web.simulator.keys[0]!.accessKey);
    await page.getByLabel('シークレットキー').fill('mistyped');
    await page.getByRole('button', { name: '認証情報を保存' }).click();
    await page.getByRole('heading', { name: '間違ったキー' }).waitFor();
    await page.getByLabel('LINE広告アカウントID').fill('A1');
    await page.getByRole('button', { name: '今すぐ確認' }).click();
    await page.locator('.facts .status', { hasText: '異常' }).waitFor();
    await allJapanese('a wrong key');

    await goTo(page, '/jobs/new');
    await page.getByRole('link', { name: '本番アカウント' }).click();
    await page.getByLabel('ラベル').waitFor();
    await create().click();
    await page.getByText('識別子が入っている列を選択してください。').waitFor();
    await allJapanese('an export, with nothing filled in');
    await page.getByLabel('ラベル').fill('優良顧客');
    await choose(page, 'オーディエンス', /members\.csv/);
    await page.getByLabel('LINE広告アカウントID').fill('A1');
    await page.getByLabel('オーディエンス名').fill('優良顧客');
    await choose(page, '識別子の列', /メール/);
    await page.getByText('有効なメンバー（60行中、分割ファイル1個）').waitFor();
    await openSection(page, 'スケジュール');
    await choose(page, '実行頻度', '毎週');
    await choose(page, '曜日', '水曜日');
    await page.getByText(/次回以降の実行： 2\d{3}年.*\(水\)/).waitFor();
    await allJapanese('an export');
    await fits(page, 'export-ja');
    await openSection(page, '安全対策');
    await page.getByRole('heading', { name: 'アラートルール' }).waitFor();
    await allJapanese('its further options');

    await web.cable.pull();
    await create().click();
    // The answer to the button. The field may show this, too.
    await page.getByRole('alert').getByText('LINEに接続できません', { exact: true }).waitFor();
    await allJapanese('LINE out of reach');
    await web.cable.plug();
    await create().click();
    await page.getByRole('heading', { name: '優良顧客', level: 1 }).waitFor();
    await waitForStatus(page, 'スケジュール済み');
    await allJapanese('a job');
  }, 120_000);

  test('実行履歴、保護機能、開いていないファイル', async () => {
    await page.getByRole('table').first().getByRole('link').first().click();
    await page.getByText('ログ', { exact: true }).click();
    await page.getByText('60人（分割ファイル1個）の送信準備ができました。').waitFor();
    await fits(page, 'run-ja');
    await allJapanese('a run');
    await page.getByRole('tab', { name: 'LINEへのリクエスト' }).click();
    await page.getByRole('cell', { name: 'POST' }).first().waitFor();
    await allJapanese('its requests');
    await page.getByRole('link', { name: '実行履歴' }).first().click();
    await page.getByText('1件中1～1件').waitFor();
    await fits(page, 'runs-ja');
    await allJapanese('all runs');
    const [audience] = web.simulator.inspect().audiences.filter(({ name }) => name === '優良顧客');
    expect(web.simulator.state.members(audience!.id).size).toBe(60);

    await page.getByRole('link', { name: 'ジョブ' }).click();
    await page.getByRole('link', { name: '優良顧客' }).click();
    web.write('members.csv', members(10));
    await page.getByRole('button', { name: '今すぐ実行' }).click();
    await page.getByText('送信前に、このリストを確認してください').waitFor();
    await allJapanese('stopped by a guard');
    await fits(page, 'job-guard-ja');
    await page.getByText('60 → 10').waitFor();
    await page.getByRole('button', { name: 'この10人を送信' }).click();
    await page.getByRole('dialog').waitFor();
    await allJapanese('past the guard?');
    await page.getByRole('dialog').getByRole('button', { name: 'この10人を送信' }).click();
    await waitForStatus(page, 'スケジュール済み');

    await page.getByRole('link', { name: '編集' }).click();
    const source = page.getByRole('combobox', { name: 'オーディエンス', exact: true });
    await source.fill('/etc/members.csv');
    await source.press('Tab');
    await page.getByText('エクスポートできるファイル「/etc/members.csv」はありません').first().waitFor();
    await allJapanese('a file that is not open');
    const workbook = { name: 'members.xlsx', mimeType: 'text/csv', buffer: Buffer.from('PK\u0003\u0004') };
    await page.locator('input[type="file"]').setInputFiles(workbook);
    await page.getByRole('alert').filter({ hasText: 'データソースを読み取れません：' }).waitFor();
  }, 120_000);

  test('every page and its dialogs', async () => {
    for (const [path, heading, button] of [
      ['/', '概要'],
      ['/jobs', 'ジョブ'],
      ['/authorizations', '認証情報'],
      ['/authorizations/new', '新しい認証情報'],
      ['/authorizations/new?provider=lytics&method=lytics_api_token', '新しい認証情報'],
      ['/authorizations/new?provider=postgresql&method=postgresql_connection_url', '新しい認証情報'],
      ['/audiences?account=A1', 'オーディエンス'],
      ['/suppression-lists', '除外リスト'],
      ['/suppression-lists/new', '除外リストを作成'],
      ['/users', 'ユーザー', 'ユーザーを招待'],
      ['/api-tokens', 'APIトークン', '新しいトークン'],
      ['/audit-log', '監査ログ'],
      ['/notifications', '通知', '新しい通知先'],
      ['/settings', '設定'],
      ['/account', 'アカウント'],
      ['/jobs/unknown', 'ジョブ'],
      ['/nowhere', 'ページが見つかりません'],
    ] as const) {
      await goTo(page, path);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await page.locator('[aria-label="読み込み中"]').waitFor({ state: 'detached' });
      await allJapanese(path);
      if (!button) continue;
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog').waitFor();
      // The browser’s own message for an empty field.
      await page.getByRole('dialog').locator('button[type="submit"]').click();
      const empty = page.getByRole('dialog').locator('input:invalid').first();
      expect(
        await empty.evaluate((field) => (field as unknown as { validationMessage: string }).validationMessage),
      ).toBe('必須項目です。');
      await allJapanese(button);
    }
  }, 120_000);

  test('the installation has a language for browsers with other languages, also when the server is away', async () => {
    await goTo(page, '/settings');
    await choose(page, '既定の言語', '日本語');
    await page.getByRole('form', { name: '言語' }).getByRole('button', { name: '保存' }).click();
    await page.getByText('設定を保存しました。').waitFor();
    const { page: theirs, context } = await visitor(browser, { locale: 'fr-FR' });
    await theirs.goto(`${web.url}/sign-in?error=refused`);
    await theirs.getByRole('alert').getByText('シングルサインオンに失敗しました').waitFor();
    await theirs.getByLabel('メールアドレス').waitFor();

    // A person who has opened only one page.
    await context.addCookies(await page.context().cookies());
    const fetched = [...filesOf(chunkNamed('administration'))].map((file) =>
      theirs.waitForResponse((response) => response.url().endsWith(`/${file}`)),
    );
    await theirs.goto(web.url);
    for (const response of await Promise.all(fetched)) await response.finished();
    await context.setOffline(true);
    await theirs.getByRole('link', { name: 'ユーザー' }).click();
    await theirs.getByText('サーバーに接続できません').waitFor();
    await allJapanese('away from the server', theirs);
    await look(theirs, 'server-away-ja');
    await context.setOffline(false);
    await theirs.getByRole('button', { name: '再試行' }).click();
    await theirs.getByRole('cell', { name: admin.email }).waitFor();
    await context.close();
  });

  test('another language can be chosen, and stays', async () => {
    await goTo(page, '/jobs');
    await page.getByRole('button', { name: '言語' }).click();
    await page.getByRole('menuitem', { name: 'Bahasa Indonesia' }).click();
    await page.getByRole('heading', { name: 'Pekerjaan' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Pekerjaan' }).waitFor();
    // Texts that the checks above would find.
    expect(await notJapanese(page, names)).toContain('Pekerjaan');
    for (const [language, jobs] of [
      ['繁體中文', '工作'],
      ['ไทย', 'งาน'],
      ['English', 'Jobs'],
    ] as const) {
      await page.getByRole('navigation').waitFor();
      await page.locator('nav button[aria-haspopup="menu"]').last().click();
      await page.getByRole('menuitem', { name: language }).click();
      await page.getByRole('heading', { name: jobs, level: 1 }).waitFor();
    }
  });
});
