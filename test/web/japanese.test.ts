/** The main flow as somebody whose browser speaks Japanese sees it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, look, openBrowser, visitor } from '../support/browser.ts';
import { admin, choose, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

describe.skipIf(!hasBrowser)('日本語で', () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', [
      'メール,電話',
      ...Array.from({ length: 1_200 }, (_, n) => `member${n}@example.jp,09000000000`),
    ]);
    browser = await openBrowser();
    ({ page } = await visitor(browser, { locale: 'ja-JP' }));
  });
  afterAll(async () => {
    await browser?.close();
    await web?.close();
  });

  test('最初の設定からLINEのオーディエンスまで', async () => {
    await page.goto(await web.setupLink());
    await page.getByLabel('名前').fill(admin.name);
    await page.getByLabel('メールアドレス').fill(admin.email);
    await page.getByLabel('新しいパスワード').fill(admin.password);
    await page.getByRole('button', { name: '管理者を作成' }).click();
    await page.getByRole('heading', { name: 'エクスポートはまだありません' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
    await page.getByRole('link', { name: '設定' }).click();
    await page.getByLabel('エクスポートできるファイルのフォルダー').fill(web.members);
    await page.getByRole('form', { name: 'ファイル' }).getByRole('button', { name: '保存' }).click();
    await page.getByText('設定を保存しました。').waitFor();

    // An authorization is made on the way to the export, which goes on with it.
    await page.getByRole('link', { name: 'ジョブ' }).click();
    await page.getByRole('link', { name: '新しいエクスポート' }).click();
    await page.getByRole('link', { name: 'LINE Ads' }).click();
    await page.getByRole('link', { name: 'オーディエンスのエクスポート' }).click();
    await page.getByRole('link', { name: '新しい認証情報を作成' }).click();
    await page.getByLabel('ラベル').fill('本番アカウント');
    await page.getByLabel('アクセスキー').fill(web.simulator.keys[0]!.accessKey);
    await page.getByLabel('シークレットキー').fill(web.simulator.keys[0]!.secretKey);
    await page.getByRole('button', { name: '認証情報を保存' }).click();

    await page.getByLabel('ラベル').fill('優良顧客');
    await choose(page, 'オーディエンス', /members\.csv/);
    await page.getByLabel('LINE広告アカウントID').fill('A1');
    await page.getByLabel('オーディエンス名').fill('優良顧客');
    await choose(page, '識別子フィールド', /メール/);
    await page.getByText('1,200行のうち有効なメンバー、1チャンク').waitFor();
    await choose(page, '実行頻度', '毎週');
    await choose(page, '曜日', '水曜日');
    await page.getByText(/次回の実行： 2\d{3}年.*\(水\)/).waitFor();
    await look(page, 'export-ja');
    await page.getByRole('button', { name: '完了', exact: true }).click();
    await page.getByRole('heading', { name: '優良顧客', level: 1 }).waitFor();
    await waitForStatus(page, '待機中');
    await page.getByRole('table').first().getByRole('link').first().click();
    await page.getByText('1,200人、1チャンクの送信準備ができました。').waitFor();
    await look(page, 'run-ja');
    const [audience] = web.simulator.inspect().audiences.filter(({ name }) => name === '優良顧客');
    expect(web.simulator.state.members(audience!.id).size).toBe(1_200);
  });

  test('the installation speaks to a browser that asks for none of ours', async () => {
    await page.getByRole('link', { name: '設定' }).click();
    await choose(page, '既定の言語', '日本語');
    await page.getByRole('form', { name: '言語' }).getByRole('button', { name: '保存' }).click();
    await page.getByText('設定を保存しました。').waitFor();
    const { page: theirs } = await visitor(browser, { locale: 'fr-FR' });
    await theirs.goto(`${web.url}/sign-in?error=refused`);
    await theirs.getByRole('alert').getByText('シングルサインオンに失敗しました').waitFor();
    await theirs.getByLabel('メールアドレス').waitFor();
    await theirs.close();
  });

  test('another language is chosen, and stays', async () => {
    await page.goto(web.url);
    await page.getByRole('button', { name: '言語' }).click();
    await page.getByRole('menuitem', { name: 'Bahasa Indonesia' }).click();
    await page.getByRole('heading', { name: 'Pekerjaan' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Pekerjaan' }).waitFor();
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
