import type { Catalogue } from './index.ts';

export const ja: Catalogue = {
  'Enter a label.': 'ラベルを入力してください。',
  'Enter a tag.': 'タグを入力してください。',
  'A tag has no comma.': 'タグにカンマは使用できません。',
  'The same tag is in the list twice.': '同じタグが2回入っています。',
  'Use plain text: no line breaks, control characters or direction marks.':
    '通常の文字だけを使用してください。改行、制御文字、書字方向の記号は使用できません。',
  'There is no such provider and method.': 'このプロバイダーと認証方式の組み合わせはありません。',
  'Enter the ad account’s id, for example A1.': '広告アカウントのIDを入力してください（例：A1）。',
  'Enter the group’s id, for example G1.': 'グループのIDを入力してください（例：G1）。',
  'A Custom Audience’s id is a number.': 'カスタムオーディエンスのIDは数字です。',
  'Enter a name.': '名前を入力してください。',
  'Choose an audience.': 'オーディエンスを選択してください。',
  'At most four audiences.': 'オーディエンスは4件まで選択できます。',
  'A run is running, succeeded, failed, interrupted, dry_run, queued or stopped: enter one of these.':
    '実行の状態は running、succeeded、failed、interrupted、dry_run、queued、stopped のいずれかで指定してください。',
  'Enter true or false.': 'true または false を入力してください。',
  'Enter a day such as 2026-11-01, or a moment such as 2026-11-01T09:00:00Z.':
    '2026-11-01 のような日付か、2026-11-01T09:00:00Z のような日時を入力してください。',
  'The end of the time must be after its beginning: change one of them.':
    '終了日時は開始日時より後にしてください。',
  'Enter a country code like JP.': 'JPのような国コードを入力してください。',
  'Enter the name of the audience to create, or choose an existing one.':
    '作成するオーディエンスの名前を入力するか、既存のオーディエンスを選択してください。',
  'An existing audience keeps its name: leave this empty.':
    '既存のオーディエンスの名前は変更されません。この欄は空にしてください。',
  'Choose the field that holds the advertising ID.': '広告IDが入っている列を選択してください。',
  'Choose how often it runs.': '実行頻度を選択してください。',
  'Choose the day of the week.': '曜日を選択してください。',
  'Choose the time of day.': '時刻を選択してください。',
  'Choose the time zone.': 'タイムゾーンを選択してください。',
  'A default country is for phone numbers only.': '既定の国は電話番号の場合にだけ指定できます。',
  'The IFA format is for advertising IDs only.': 'IFAの形式は広告IDの場合にだけ指定できます。',
  'Choose at least one.': '1つ以上選択してください。',
  'Name each job once.': '各ジョブは1回だけ指定してください。',
  'Enter a URL like https://hooks.example.com/lineup.':
    'https://hooks.example.com/lineup のようなURLを入力してください。',
  'Leave user and password out of the URL.': 'URLにユーザー名とパスワードを含めないでください。',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    'whsec_… の形式のキー（24～64バイト、Base64）を入力してください。空にすると自動で作成されます。',
  'Enter the mail server.': 'メールサーバーを入力してください。',
  'Enter an e-mail address.': 'メールアドレスを入力してください。',
  'Enter at least one recipient.': '宛先を1件以上入力してください。',
  'At most 20; for more, use a mailing list.':
    '20件まで指定できます。それより多い場合はメーリングリストを使用してください。',
  'At least 12 characters.': '12文字以上で入力してください。',
  'At most 200 characters.': '200文字以内で入力してください。',
  'Enter the key.': 'キーを入力してください。',
  'This holds a character that cannot be kept: type it again.':
    '保存できない文字が含まれています。入力し直してください。',
  'This is nested too deeply.': '入れ子の階層が深すぎます。',
  'The URL is too long.': 'URLが長すぎます。',
  'This holds a space or a character that no key has: copy it again.':
    '空白か、キーに使われない文字が含まれています。もう一度コピーしてください。',
  'Enter a URL like https://api.lytics.io.': 'https://api.lytics.io のようなURLを入力してください。',
  'Enter the origin alone, like https://api.lytics.io: without a path, a query or a user.':
    'https://api.lytics.io のようにオリジンだけを入力してください。パス、クエリ、ユーザー名は含めません。',
  'Enter a URL like postgres://user:password@host:5432/database.':
    'ユーザー名とパスワードを含むデータベースのURLを入力してください（例：postgres://user:password@host:5432/database）。',
  'Enter a time of day like 09:30.': '09:30 のような時刻を入力してください。',
  'Choose a time zone like Asia/Tokyo.': 'Asia/Tokyo のようなタイムゾーンを選択してください。',
  'Enter an absolute path.': '絶対パスを入力してください。',
  'Choose a field.': '列を選択してください。',
  'Use at most {0} characters.': '{0}文字以内で入力してください。',
  'At most {0} are possible.': '{0}件まで指定できます。',
  'Enter at most {0}.': '{0}以下の値を入力してください。',
  'Enter at least {0}.': '{0}以上の値を入力してください。',
  'This is required.': '必須項目です。',
  'Use at least {0} characters.': '{0}文字以上で入力してください。',
  'There is an unknown property here.': '不明な項目が含まれています。',
  'A value is missing or has the wrong type.': '値がないか、型が正しくありません。',
  'This is not valid.': '正しくない値です。',
  'The run before is still being stopped. Try again in a moment.':
    '前の実行を停止しています。しばらくしてから、もう一度お試しください。',
  'The run ended without a reason.': '実行が終了しましたが、理由は記録されていません。',
  'A person stopped the run.': '実行は手動で停止されました。',
  'The worker that had this run is gone.': 'この実行を担当していたワーカーが停止しました。',
  'The run that was due at {0} has not come to its end.': '{0}に予定されていた実行がまだ終わっていません。',
  'What the run had staged is gone and its source has changed.':
    '実行で準備したデータが失われ、データソースも変更されています。',
  'No run is going on.': '実行中ではありません。',
  'Only a running or sleeping job can be paused.':
    '一時停止できるのは、ステータスが「実行中」か「次回実行待ち」のジョブだけです。',
  'Resume it first.': '先に再開してください。',
  'A run is going on already.': 'すでに実行中です。',
  'Duplicate it to go on.': '続けるには、ジョブを複製してください。',
  'No guard has stopped this job.': '保護機能はこのジョブを停止していません。',
  'There is no run that could go on.': '続きから再開できる実行はありません。',
  'Stop its run first.': '先に実行を停止してください。',
  'It is terminated already.': 'すでに終了しています。',
  'A scheduled time came while a run was going on. It is skipped.':
    '実行中に次の予定時刻になったため、その回は実行されません。',
  'It is not due yet.': '予定時刻になっていません。',
  'A scheduled time passed while the service was down. This run makes up for it.':
    'サービスの停止中に予定時刻を過ぎたため、その分を今回実行します。',
  '{0} scheduled times passed while the service was down. This run makes up for them.':
    'サービスの停止中に予定時刻を{0}回過ぎたため、その分をまとめて今回実行します。',
  'A slot came in the meantime; this run makes up for it.':
    'その間に予定時刻を過ぎたため、その分を今回実行します。',
  '{0} slots came in the meantime; this run makes up for them.':
    'その間に予定時刻を{0}回過ぎたため、その分をまとめて今回実行します。',
  'A scheduled time came while the run was going on, and was skipped.':
    '実行中に予定時刻を1回過ぎましたが、その回は実行されませんでした。',
  '{0} scheduled times came while the run was going on, and were skipped.':
    '実行中に予定時刻を{0}回過ぎましたが、それらの回は実行されませんでした。',
  'LINE holds {0} of {1} members.': 'LINEには{1}人中{0}人が登録されています。',
  'LINE took all {0} members, but the run ended before LINE had finished with them.':
    'LINEは{0}人全員を受け付けましたが、LINE側の処理が終わる前に実行が終了しました。',
  'The job did not wait for this run any more.': 'ジョブはこの実行を待っていませんでした。',
  'Only a paused or failed job can be resumed.': '再開できるのは、一時停止中か失敗したジョブだけです。',
  'The job is running.': 'このジョブは実行中です。',
  'The job is sleeping.': 'このジョブは次回の実行を待っています。',
  'The job is paused.': 'このジョブは一時停止中です。',
  'The job is completed.': 'このジョブは完了しています。',
  'The job has failed.': 'このジョブは失敗しています。',
  'The job is terminated.': 'このジョブは終了しています。',
  'The worker is shutting down.': 'ワーカーが停止処理中です。',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    'その後、実行{0}がこのオーディエンスを更新したため、以前の分割ファイルは送信できません。',
  'Lineup met a fault of its own ({0}). Please report it.':
    'Lineupの内部で問題が発生しました（{0}）。開発元にご報告ください。',
  'Only an administrator may do this.': 'この操作ができるのは管理者だけです。',
  'Only an editor or an administrator may do this.': 'この操作ができるのは編集者と管理者だけです。',
  'A viewer may look at audiences of the list, and at those that a job was saved with. For a query, a path or a URL of your own, ask an editor.':
    '閲覧者が表示できるのは、一覧にあるオーディエンスと、保存済みのジョブが使用するオーディエンスだけです。クエリ、パス、URLを指定するには、編集者に依頼してください。',
  'A viewer may preview only what a job was saved with. For anything else, ask an editor.':
    '閲覧者がプレビューできるのは、保存済みのジョブの内容だけです。それ以外は編集者に依頼してください。',
  'Only somebody who has a role here may do this.': 'この操作ができるのは、権限を持つユーザーだけです。',
  'This request comes from another site, or lacks its origin.':
    'このリクエストは別のサイトから送信されたか、送信元が不明です。',
  'Too many attempts. Wait a minute, then try again.':
    '試行回数が多すぎます。1分ほど待ってから、もう一度お試しください。',
  'Too many attempts have failed. Try again in {0} seconds.':
    '失敗した回数が多すぎます。{0}秒後にもう一度お試しください。',
  'The current password is wrong.': '現在のパスワードが正しくありません。',
  'This password is easy to guess. Use a longer one, or several words that do not belong together; no name, no e-mail address, no common password.':
    'このパスワードは推測されやすいため使用できません。もっと長くするか、関連のない単語を組み合わせてください。名前、メールアドレス、よく使われるパスワードは避けてください。',
  'This user is disabled.': 'このユーザーは無効になっています。',
  'The e-mail address or the password is wrong.': 'メールアドレスまたはパスワードが正しくありません。',
  'Sign-in was refused.': 'ログインが拒否されました。',
  'Sign-in failed.': 'ログインに失敗しました。',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    '先にログインするか、APIトークンを送信してください（Authorization: Bearer lineup_…）。',
  'The session has ended: sign in again.': 'セッションが終了しました。もう一度ログインしてください。',
  'The API token is unknown, revoked or too old, or whoever made it may do nothing here any more.':
    'APIトークンが不明、無効、または期限切れか、作成者の権限がなくなっています。',
  'There is no user {0}.': 'ユーザー「{0}」は存在しません。',
  'This time is past: give one that is still to come.':
    'この日時は過ぎています。現在より後の日時を指定してください。',
  'Somebody has this e-mail address already.': 'このメールアドレスはすでに使われています。',
  'There is nothing at this address.': 'このアドレスには何もありません。',
  'Some of what was sent is not valid.': '送信された内容に正しくない値があります。',
  'The body is too large.': '送信されたデータが大きすぎます。',
  'The Host header of the request is missing, or names no host.':
    'リクエストのHostヘッダーがないか、ホスト名が正しくありません。',
  'Too many runs are being followed at the same time. Close some of them, or ask for the run now and then instead.':
    '同時に表示している実行が多すぎます。いくつか閉じるか、実行の状態を定期的に取得してください。',
  'The request did not come whole in time. Send it again.':
    'リクエストが時間内に最後まで届きませんでした。もう一度送信してください。',
  'The address and the headers of the request are too large.':
    'リクエストのアドレスとヘッダーが大きすぎます。',
  'This address is too long.': 'アドレスが長すぎます。',
  'Send JSON, with Content-Type: application/json.':
    'JSONを送信してください（Content-Type: application/json）。',
  'The request cannot be read.': 'リクエストを読み取れません。',
  'Something went wrong here. The request id leads to it in the log.':
    'サーバーで問題が発生しました。リクエストIDでログを確認できます。',
  'Up to 200 printable characters.': '表示できる文字を200文字まで使用できます。',
  'An API token has no password.': 'APIトークンにパスワードはありません。',
  'The run has not begun yet, so there is no report.': '実行がまだ始まっていないため、レポートはありません。',
  'A path of the web app.': 'Webアプリ内のパスを指定してください。',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    'このリンクは、正しくない、使用済み、新しいリンクに置き換え済み、期限切れのいずれかです。',
  'Single sign-on failed: begin again.': 'シングルサインオンに失敗しました。最初からやり直してください。',
  'Nobody would be left who can sign in and manage the others: make somebody else an administrator first, who has set a password.':
    'ログインしてほかのユーザーを管理できる人がいなくなります。先に、パスワードを設定済みの別のユーザーを管理者にしてください。',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    '自分の権限の変更や、自分の無効化はできません。ほかの管理者に依頼してください。',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    '広告アカウントを入力してください。この認証情報を使用するジョブがまだないため、確認に使う広告アカウントがありません。',
  'There is no custom audience "{0}".': 'カスタムオーディエンス「{0}」は存在しません。',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    'このオーディエンスはジョブ「{0}」が更新しています。先にそのジョブを削除するか、別のオーディエンスに変更してください。',
  'The cursor is not valid: begin again without one.':
    'カーソルが正しくありません。カーソルなしで最初からやり直してください。',
  'A run of this job goes on: stop it first.': 'このジョブは実行中です。先に実行を停止してください。',
  'This authorization gives no audiences.': 'この認証情報ではオーディエンスを取得できません。',
  'Choose an authorization: this one is gone.':
    'この認証情報は削除されています。別の認証情報を選択してください。',
  'Choose an authorization of LINE Ads.': 'LINE広告の認証情報を選択してください。',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    '同じ名前のオーディエンスがLINEにすでにあります（{0}）。そのオーディエンスを選択するか、別の名前にしてください。',
  'Ad account {0} has no audience {1}.': '広告アカウント{0}にオーディエンス{1}は存在しません。',
  'An audience at LINE keeps its ad account and its identifier type: this change needs another audience, and {0} stays as it is. Set another_audience to true to have one made, or choose an existing one.':
    'LINEのオーディエンスは、広告アカウントと識別子の種類を変更できません。この変更には別のオーディエンスが必要です。{0}はそのまま残ります。新しく作成する場合はanother_audienceをtrueにし、そうでない場合は既存のオーディエンスを選択してください。',
  'The audience {0} does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'オーディエンス{0}はLINEに存在しません。別のオーディエンスを選択するか、作り直してください（another_audience）。',
  'The audience "{0}" ({1}) does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'オーディエンス「{0}」（{1}）はLINEに存在しません。別のオーディエンスを選択するか、作り直してください（another_audience）。',
  'LINE did not rename the audience, so nothing was saved.':
    'LINEでオーディエンスの名前を変更できなかったため、何も保存していません。',
  'Enter the name of the audience to create, in place of the id of an existing one.':
    '既存のオーディエンスのIDではなく、作成するオーディエンスの名前を入力してください。',
  'The first run makes the audience "{0}" at LINE right now. Change it when that run has ended, or stop the run first.':
    '最初の実行がオーディエンス「{0}」をLINEに作成しています。実行が終わってから変更するか、先に実行を停止してください。',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    'オーディエンス「{0}」の種類は{1}で、識別子の種類が一致しません。別のオーディエンスを選択してください。',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    'このオーディエンスはジョブ「{0}」が更新しています。2つのジョブで使用すると、互いの内容を上書きしてしまいます。',
  '{0} is inside this network. Lineup connects to port {1} there only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0}は社内ネットワークにあります。ポート{1}に接続するには、管理者が設定の「社内ネットワークのホスト」に登録する必要があります。',
  '{0} is a Unix socket of this machine. Lineup uses it only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0}はこのサーバーのUnixソケットです。使用するには、管理者が設定の「社内ネットワークのホスト」に登録する必要があります。',
  'The message was taken.': '通知は受け付けられました。',
  'Test message': 'テスト通知',
  'This is a test message. Lineup will send its notifications here.':
    'これはテスト通知です。Lineupからの通知はここに届きます。',
  'The job “{0}” failed': 'ジョブ「{0}」が失敗しました',
  'The job “{0}” failed. It does not run again by itself.':
    'ジョブ「{0}」が失敗しました。自動では再実行されません。',
  'The other system’s reason: {0}': '接続先が示した理由：{0}',
  'The job “{0}” waits': 'ジョブ「{0}」は復旧を待っています',
  'The job “{0}” cannot run at the moment. Nothing was sent. It goes on by itself when the cause is gone.':
    'ジョブ「{0}」は現在実行できません。何も送信していません。原因が解消されると、自動で実行されます。',
  'Set the clock of the machine on which Lineup runs (NTP).':
    'Lineupを実行しているサーバーの時計を合わせてください（NTP）。',
  'Verify the authorization, or enter new credentials.':
    '認証情報を確認するか、新しい接続情報を入力してください。',
  'The job “{0}” stopped before it sent anything, because its new list is much smaller than the audience, or nobody knows how large the audience is. The audience at LINE was not changed.':
    'ジョブ「{0}」は送信前に停止しました。新しいリストがオーディエンスよりも大幅に小さいか、オーディエンスの現在のサイズを確認できないためです。LINEのオーディエンスは変更されていません。',
  'The job “{0}” has nothing to send': 'ジョブ「{0}」に送信するデータがありません',
  'The job “{0}” stopped before it sent anything, because its new list is empty. The audience at LINE was not changed.':
    'ジョブ「{0}」は、新しいリストが空のため送信前に停止しました。LINEのオーディエンスは変更されていません。',
  'Check the source, and run the job again.': 'データソースを確認して、ジョブをもう一度実行してください。',
  'The audience of “{0}” is incomplete at LINE': '「{0}」のオーディエンスはLINE側で未完了です',
  'Let the job continue, or run it again. Any run that succeeds makes the audience whole.':
    'ジョブを続きから再開するか、もう一度実行してください。実行が成功するとオーディエンスは完全な状態になります。',
  'The job “{0}” needs your approval': 'ジョブ「{0}」は確認待ちです',
  'Check the source. If the new list is right, run the job anyway on its page. If not, correct the source and run the job again.':
    'データソースを確認してください。新しいリストに問題がなければ、ジョブのページで「それでも実行」を選択してください。問題がある場合は、データソースを修正してからもう一度実行してください。',
  'The job “{0}” works again': 'ジョブ「{0}」が復旧しました',
  'The job “{0}” succeeded again.': 'ジョブ「{0}」が再び成功しました。',
  'The job “{0}” is late': 'ジョブ「{0}」が遅れています',
  'The run of “{0}” that was due at {1} has not ended. It is still running, waits for its turn, or will be tried again.':
    '{1}に予定されていた「{0}」の実行がまだ終わっていません。実行中、順番待ち、再試行待ちのいずれかです。',
  'LINE matched nobody for “{0}”': '「{0}」で一致したLINEユーザーがいません',
  'LINE accepted the members of “{0}”, but matched none of them to its users.':
    'LINEは「{0}」のメンバーを受け付けましたが、LINEのユーザーと一致した人はいませんでした。',
  'The authorization “{0}” does not work any more': '認証情報「{0}」が使えなくなりました',
  'Lineup cannot use “{0}”. Jobs that need it cannot run.':
    '認証情報「{0}」を使用できません。この認証情報を使用するジョブは実行できません。',
  'Put the cause right, then open the authorization and verify it.':
    '原因を取り除いてから、認証情報のページを開いて確認してください。',
  'The job “{0}” succeeded': 'ジョブ「{0}」が成功しました',
  'The job “{0}” succeeded.': 'ジョブ「{0}」が成功しました。',
  'The job “{0}” succeeded. Its list has {1} members.':
    'ジョブ「{0}」が成功しました。リストのメンバーは{1}人です。',
  'Lineup could not send it ({0}).': '通知を送信できませんでした（{0}）。',
  'It answered with HTTP {0}.': '送信先の応答：HTTP {0}。',
  'The mail server answered with {0} ({1}).': 'メールサーバーの応答：{0}（{1}）。',
  'It took too long to answer.': '応答に時間がかかりすぎました。',
  'It could not be reached or talked to ({0}).': '接続または通信ができませんでした（{0}）。',
  'Files need no authorization.': 'ファイルに認証情報は必要ありません。',
  'Lytics accepts the token, and shows one audience.':
    'Lyticsはトークンを受け付けました。オーディエンスは1件です。',
  'Lytics accepts the token, and shows {0} audiences.':
    'Lyticsはトークンを受け付けました。オーディエンスは{0}件です。',
  'PostgreSQL {0}: one table or view can be read in {1}.':
    'PostgreSQL {0}：{1}で読み取れるテーブルまたはビューは1件です。',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}：{2}で読み取れるテーブルとビューは{1}件です。',
  'This user may only read.': 'このユーザーには読み取り権限だけがあります。',
  'A user that may only read is safer: the manual has the SQL for one.':
    '読み取り権限だけのユーザーを使うほうが安全です。作成用のSQLはマニュアルにあります。',
  'This user is a superuser: a query could do anything at the server, also outside of its READ ONLY transaction.':
    'このユーザーはスーパーユーザーです。READ ONLYトランザクションであっても、クエリはサーバー上であらゆる操作を実行できます。',
  'This user has the attributes {0}.': 'このユーザーには{0}属性があります。',
  'This user is a member of {0}.': 'このユーザーは{0}のメンバーです。',
  'This user may change the table {0}.': 'このユーザーはテーブル{0}を変更できます。',
  'This user may change {0} tables, for example {1}.': 'このユーザーは{1}など{0}個のテーブルを変更できます。',
  'This user may create schemas in this database.':
    'このユーザーはこのデータベースにスキーマを作成できます。',
  'This user may create tables and functions in {0}.': 'このユーザーは{0}にテーブルや関数を作成できます。',
  'This user may call dblink, which opens connections outside of the READ ONLY transaction.':
    'このユーザーはdblinkを呼び出せます。dblinkはREAD ONLYトランザクションの外で接続を開きます。',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    'この認証情報は次のジョブで使用されています：{0}。先にそれらのジョブを削除するか、別の認証情報に変更してください。',
  'This idempotency key was used for another request: send a new one.':
    'この冪等キーは別のリクエストで使われています。新しいキーを送信してください。',
  'The first request with this idempotency key is still being worked on.':
    'この冪等キーによる最初のリクエストをまだ処理しています。',
  'There is no such authorization: it may have been deleted just now.':
    'この認証情報は存在しません。削除された直後の可能性があります。',
  'Another worker has taken this over.': '別のワーカーが引き継ぎました。',
  'Another worker has taken this run over.': '別のワーカーがこの実行を引き継ぎました。',
  'There is no API token "{0}".': 'APIトークン「{0}」は存在しません。',
  'There is no authorization "{0}".': '認証情報「{0}」は存在しません。',
  'There is no job "{0}".': 'ジョブ「{0}」は存在しません。',
  'There is no notification channel "{0}".': '通知先「{0}」は存在しません。',
  'There is no run "{0}".': '実行「{0}」は存在しません。',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    'ほかのユーザーが先に変更しました。内容をもう一度確認してから保存してください。',
  'The run {0} was begun before.': '実行{0}はすでに開始されています。',
  'The run {0} has not begun.': '実行{0}はまだ始まっていません。',
  'The run {0} is going on in another worker.': '実行{0}は別のワーカーが処理しています。',
  'The run {0} was stopped before its worker began.': '実行{0}は、ワーカーが処理を始める前に停止されました。',
  'The database cannot be reached at the moment. Try again in a while.':
    '現在、データベースに接続できません。しばらくしてから、もう一度お試しください。',
  'The disk of the database is full. Free some space there.':
    'データベースのディスクに空きがありません。空き容量を確保してください。',
  'The database did not give or take the key of the run’s staged chunks.':
    '実行の準備済み分割ファイルの暗号化キーを、データベースで読み書きできませんでした。',
  'The database did not take an entry of the run’s journal.':
    '実行の記録をデータベースに保存できませんでした。',
  'There is no file {0} that may be exported.': 'エクスポートできるファイル「{0}」はありません。',
  '{0} is not read: it is not called as files of members are ({1}). Rename it, or give a copy.':
    '{0}は読み取れません。メンバーのファイルとして認められる名前（{1}）ではありません。名前を変更するか、名前を変えたコピーを指定してください。',
  '{0} is not the file any more that was looked for: something else has taken its place. Try again.':
    '{0}が別のものに置き換えられたため、元のファイルを読み取れません。もう一度お試しください。',
  '{0} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself ({1}, the data directory, the uploads).':
    '{0}からのエクスポートは許可できません。システムまたはLineup自身のフォルダー（{1}、データディレクトリ、アップロード先）か、その中にあります。',
  '{0} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.':
    '{0}には、エクスポート用以外のファイルも多く含まれます。ジョブを編集できる人は、その中のすべての表を読み取れます。エクスポート専用のフォルダーを指定してください。',
  '{0} contains {1}, which is Lineup’s own. That stays closed.':
    '{0}には、Lineup自身が使用する{1}が含まれます。そこからのエクスポートは許可されません。',
  'of this run': '（この実行のもの）',
  'the PostgreSQL database': 'PostgreSQLデータベース',
  'The PostgreSQL database': 'PostgreSQLデータベース',
  'This host': 'このホスト',
  'This place': 'この場所',
  'its origin': 'そのオリジン',
  'the data directory': 'データディレクトリ',
  'the uploads directory': 'アップロード用ディレクトリ',
  'another one': '別のもの',
  'another place': '別の場所',
  'the URLs that an administrator has chosen': '管理者が選んだURL',
  'those that an administrator has chosen': '管理者が選んだもの',
  'No folder is open to exports: an administrator can change that in the settings.':
    'エクスポートが許可されたフォルダーがありません。管理者が設定で変更できます。',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    'エクスポートが許可されているのは、次のフォルダーだけです：{0}。管理者が設定で変更できます。',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    'エクスポートできるファイル「{0}」はありません。絶対パスで指定するか、一覧から選択してください。',
  '{0} names more than {1} files.': '{0}に一致するファイルが{1}個を超えています。',
  '{0} stands for more than {1} patterns. Write * in place of so many alternatives in braces.':
    '{0}は{1}個を超えるパターンに展開されます。波かっこに候補を並べる代わりに * を使用してください。',
  '{0} leads through more than {1} folders. Name a folder that is nearer to the files.':
    '{0}では{1}個を超えるフォルダーを探すことになります。ファイルにより近いフォルダーを指定してください。',
  'Too many files and folders would have to be looked at for {0}. Name a folder that is nearer to the files.':
    '{0}では探すファイルとフォルダーが多すぎます。ファイルにより近いフォルダーを指定してください。',
  'No audience can be read from "{0}".': '「{0}」からオーディエンスを読み取れません。',
  'The source of this run cannot be opened again.': 'この実行のデータソースをもう一度開くことができません。',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    'データソースにメンバーがいないため、何も送信していません。LINEのオーディエンスは元のままです。',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    '「{1}」の{0}件の値に有効なものがないため、何も送信していません。LINEのオーディエンスは元のままです。',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    'データソースと列を確認し、列の内容が識別子の種類と合っているか確かめてください。空の結果は送信されません。',
  'The audience would shrink from {0} to {1}, by {2}: more than the {3} allowed, so nothing was sent.':
    'オーディエンスが{0}から{1}人に減少します（減少率{2}）。上限の{3}を超えるため、何も送信していません。',
  '{0} members (run {1}, {2})': '{0}人（{2}の実行{1}）',
  'about {0} members (LINE’s upload jobs)': '約{0}人（LINEのアップロードジョブ）',
  'at least {0} members (LINE’s estimate)': '{0}人以上（LINEの推定）',
  'at most {0} members (LINE’s estimate)': '{0}人以下（LINEの推定）',
  'Nothing tells how many members the audience holds, so nothing was sent: replacing them with {0} could take many away.':
    'オーディエンスの現在のメンバー数を確認できないため、何も送信していません。{0}人で置き換えると、多くのメンバーが失われる可能性があります。',
  'Lineup has not replaced it before, LINE lists no upload with a count, and LINE gives no estimate.':
    'Lineupがこのオーディエンスを置き換えたことがなく、LINEにも件数の分かるアップロードや推定サイズがありません。',
  'Members travel encrypted: enter https://, or first list {0} under “Hosts inside your network”.':
    'メンバーのデータは暗号化して転送します。https:// で入力するか、先に{0}を「社内ネットワークのホスト」に登録してください。',
  'Members travel encrypted: {0} can be read by http:// only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    'メンバーのデータは暗号化して転送します。{0}を http:// で読み取るには、管理者が設定の「社内ネットワークのホスト」に登録する必要があります。',
  'Enter a host, an address or a network, with a port or without, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.':
    'ホスト、アドレス、ネットワーク（例：db.corp.example:5432、10.0.0.7、10.0.0.0/8。ポートは省略可）、またはUnixソケットの絶対パスを入力してください。',
  'This URL is of a folder: name a file in it.':
    'このURLはフォルダーを指しています。その中のファイルを指定してください。',
  '{0} may not be exported.': '{0}はエクスポートできません。',
  'No URL is open to exports: an administrator can change that in the settings.':
    'エクスポートが許可されたURLがありません。管理者が設定で変更できます。',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    'エクスポートが許可されているのは、{0}の下にあるものだけです。管理者が設定で変更できます。',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    'サーバーが{0}にリダイレクトしましたが、エクスポートが許可されたURLの下にありません。管理者が設定で許可できます。',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    'エクスポートするメンバーのファイルの完全なURLを入力してください（例：https://files.example.com/exports/members.csv）。',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    'ユーザー名とパスワードをURLに含めないでください。誰でも読める状態で保存されてしまいます。',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    '? や # とその後ろは含めないでください。署名やトークンが誰でも読める状態で保存され、期限も切れてしまいます。ファイルのURLは、変わらないものを指定してください。',
  'The path of the URL is not a plain one in UTF-8.': 'URLのパスが通常のUTF-8のパスではありません。',
  'Give the file’s name.': 'ファイル名を指定してください。',
  'Give the file’s name alone, without a path.': 'パスを含めず、ファイル名だけを指定してください。',
  'The transfer stopped.': 'データが届かなくなりました。',
  'Send the file as the body, with Content-Type: {0}.':
    'ファイルの内容を本文として、Content-Type: {0}で送信してください。',
  'There is no upload "{0}".': 'アップロード「{0}」は存在しません。',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    'このファイルは次のジョブで使用されています：{0}。先にそれらのジョブを別のファイルに変更するか、削除してください。',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    'アップロードしたファイルの内容が、ディスク上で変更されたか途中で切れています。もう一度アップロードしてください。',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    'アップロードしたファイルがこのサーバーにありません。サービスのすべてのプロセスで、同じアップロード先ディレクトリを共有する必要があります。ここでは{0}です（LINEUP_UPLOADS_DIR）。',
  'The uploaded file cannot be read in {0}.': 'アップロードしたファイルを{0}から読み取れません。',
  'The upload broke off: nothing of it is kept.':
    'アップロードが中断されました。データは保存されていません。',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    'ファイルがアップロードの上限（{0}）を超えています。圧縮（gzipまたはZstandard）するか、管理者に相談してください（LINEUP_UPLOAD_MAX_MB、またはエクスポートが許可されたサーバーのフォルダー）。',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    'ディスクの空き容量が足りず、ファイルを保存できません。使用できるのは{0}です。不要なアップロードを削除するか、管理者に相談してください。',
  'The format of the file cannot be told. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    'ファイルの形式を判別できません。読み取れるのはCSV、TSV、Excelブック（.xlsx）、NDJSON（.ndjson、.jsonl）、Parquet、1行に1つの値（.txt）です。Parquet以外は .gz と .zst にも対応しています。',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    'ジョブ「{0}」は「継続的に更新」がオンで、実行のたびにこのファイルを読み取ります。ファイルは保存しておく必要があります。',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    'アップロードしたファイル（{0}）はもうありません。実行後に自動で、または手動で削除されたか、別の環境にアップロードされたものです。もう一度アップロードし、ジョブで選択してください。',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    '「継続的に更新」をオンにしたジョブは実行のたびにファイルを読み取りますが、このファイルは最初の実行後に削除されます。保存するように変更してください。',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    'このジョブのアップロードしたファイルはもうありません。もう一度アップロードし、ジョブで選択してください。',
  'Ad account {0} has no custom audience {1}.': '広告アカウント{0}にカスタムオーディエンス{1}はありません。',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    'カスタムオーディエンス{0}（{1}）の種類は{2}ですが、この識別子には{3}が必要です。オーディエンスの種類は変更できません。別のオーディエンスを選択するか、新しく作成してください。',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINEにカスタムオーディエンス「{0}」がすでにあります（ID：{1}）。そのオーディエンスを使用するか、別の名前にしてください。',
  'LINE answers.': 'LINEは応答しています。',
  'LINE accepts the access key and the secret key.': 'LINEはアクセスキーとシークレットキーを受け付けました。',
  'Ad account {0} is authorised.': '広告アカウント{0}を利用できます。',
  'The role of the key may upload audiences.': 'キーの権限でオーディエンスをアップロードできます。',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    'キーの権限ではアップロードできません。「Data Provider (General)」の権限をLINEに付与してもらってください。',
  'Custom audience {0} "{1}" is there: {2}, {3}.': 'カスタムオーディエンス{0}「{1}」があります：{2}、{3}。',
  'Not known, because of the failure above.': '上記の問題のため、確認できません。',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'サーバーの時計がLINEより{0}分遅れています。15分以上ずれるとLINEに拒否されます。時計を合わせてください（NTP）。',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'サーバーの時計がLINEより{0}分進んでいます。15分以上ずれるとLINEに拒否されます。時計を合わせてください（NTP）。',
  'The clock agrees with LINE’s.': '時計はLINEと一致しています。',
  'The clock is {0} s behind LINE’s, which is near enough.':
    '時計はLINEより{0}秒遅れていますが、問題ありません。',
  'The clock is {0} s ahead of LINE’s, which is near enough.':
    '時計はLINEより{0}秒進んでいますが、問題ありません。',
  'LINE could not be reached: {0} ({1}).': 'LINEに接続できませんでした：{0}（{1}）。',
  'The connection to LINE broke: {0} ({1}).': 'LINEとの接続が切れました：{0}（{1}）。',
  'LINE did not answer in time.': 'LINEから時間内に応答がありませんでした。',
  'LINE answered {0}, but its answer cannot be read.': 'LINEの応答（{0}）を読み取れませんでした。',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    '準備済みの分割ファイルを読み取れないか、送信中に変更されました。',
  'The request to LINE was stopped.': 'LINEへのリクエストは中止されました。',
  'LINE answered {0}.': 'LINEの応答：{0}。',
  'LINE answered {0} {1}.': 'LINEの応答：{0} {1}。',
  'The access key, the secret key or the clock is wrong.':
    'アクセスキー、シークレットキー、時計のいずれかが正しくありません。',
  'The access key may not use this operation or this ad account.':
    'このアクセスキーでは、この操作またはこの広告アカウントを利用できません。',
  'Try again in a minute.': '1分ほど待ってから、もう一度お試しください。',
  'LINE is working on this audience: try again in some minutes.':
    'LINEがこのオーディエンスを処理中です。数分後にもう一度お試しください。',
  'LINE has a fault: try again in some minutes.':
    'LINEで障害が発生しています。数分後にもう一度お試しください。',
  'Run {0} was a dry run: there is nothing to go on with.':
    '実行{0}はテスト実行のため、続きから再開できません。',
  'Run {0} has succeeded: there is nothing to go on with.':
    '実行{0}は成功しているため、続きから再開する必要はありません。',
  'Run {0} cannot go on: run {1} has written to audience {2} since, and the older chunks would spoil the newer membership. Run the export again.':
    '実行{0}は続きから再開できません。その後、実行{1}がオーディエンス{2}を更新しており、以前の分割ファイルを送信すると新しい内容が損なわれます。もう一度エクスポートを実行してください。',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    '実行{0}はデータソースを最後まで読み取る前に終了しました。{1}をもう一度読み取ることはできません。もう一度エクスポートを実行してください。',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    'この実行で準備した分割ファイルが失われ、データソースをもう一度読み取ることもできません。もう一度エクスポートを実行してください。',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    'この実行で準備した分割ファイルが失われ、データソースもその後変更されたため、続きから再開できません。もう一度エクスポートを実行してください。置き換えによってオーディエンスは完全な状態になります。',
  'The staged chunks of this run are gone, and a new scan gives other ones: the source has changed since, or version {0} of the identifier rules, which is used now, reads it in another way than version {1} did. Run the export again: a replace makes the audience whole.':
    'この実行で準備した分割ファイルが失われ、読み取り直した結果も以前と異なります。データソースがその後変更されたか、現在の識別子ルール（バージョン{0}）で以前（バージョン{1}）と読み取り方が変わったためです。もう一度エクスポートを実行してください。置き換えによってオーディエンスは完全な状態になります。',
  'Interrupted: nothing was sent to LINE.': '中断されました。LINEには何も送信していません。',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    '中断されました。分割ファイル{1}個のうち{0}個の処理がLINEで完了しています。続きから再開するまで、オーディエンスは完全な状態になりません。',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    '{0}の空き容量が足りず、分割ファイルを準備できません。この実行の分割ファイルは削除しました。空き容量（メンバー1人あたり65バイト）を確保してから、もう一度実行してください。',
  'The staged chunks could not be written to {0} ({1}).': '{0}に分割ファイルを書き込めませんでした（{1}）。',
  'The staging worker was stopped.': '準備処理のワーカーは停止されました。',
  'The staging worker failed.': '準備処理のワーカーで問題が発生しました。',
  'The staging worker stopped.': '準備処理のワーカーが停止しました。',
  'Staging was interrupted.': '準備処理が中断されました。',
  'The lines that were staged before did not come out the same.':
    '以前に準備したデータと同じ結果になりませんでした。',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    '分割ファイルには、{0}バイトのレコード1件以上の大きさが必要です（現在：{1}件、{2}バイト）。',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    'データソースのメンバー数が、1回の実行の上限（約3億5,000万人）を超えています。データソースを分割し、追加で送信してください。',
  'The source gave a value without saying whose it is.':
    'データソースから、どのメンバーのものか分からない値が返されました。',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    '既定の国「{0}」には電話番号がありません。JP、TW、THのような2文字のコードで指定してください。',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    '準備済みの分割ファイル{0}を読み取れないため、送信しませんでした。もう一度エクスポートを実行してください。',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    '準備済みの分割ファイル{0}がこの実行で書き込んだ内容と異なるため、送信しませんでした。もう一度エクスポートを実行してください。',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINEは分割ファイル{0}/{1}を受け付けましたが、{3}分たってもLINEのジョブが終わりません（{2}）。後で続きから再開してください。実行は同じジョブの完了を待ちます。',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINEがオーディエンス{0}への別のアップロードを処理中（{1}、{2}）のため、何も送信していません。後で続きから再開してください。',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    '分割ファイル{0}/{1}のLINEのアップロードジョブが失敗しました：{2}。',
  'LINE’s upload job for chunk {0} of {1} failed.':
    '分割ファイル{0}/{1}のLINEのアップロードジョブが失敗しました。',
  'The audience holds chunks 1 to {0} of {1} for now.':
    '現在オーディエンスには、分割ファイル{1}個のうち1～{0}が入っています。',
  'Continue the run to send the chunk again. If it fails again, ask LINE with the ID of the job.':
    '実行を続きから再開すると、分割ファイルをもう一度送信します。再び失敗する場合は、ジョブのIDを添えてLINEに問い合わせてください。',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    '{0}件の電話番号が0で始まり、国番号がないため、LINEではほとんど一致しません。',
  '{0} values look like numbers that a spreadsheet has damaged: {1} ended in .0 and were repaired, {2} have an exponent such as E+11, so their last digits are lost and they were skipped.':
    '{0}件の番号が表計算ソフトで壊れたようです。{1}件は末尾の「.0」を取り除いて修復しました。{2}件は「E+11」のような指数表記で末尾の桁が失われているため、除外しました。',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    '列に、ハッシュ化済みの値{0}件とハッシュ化されていない値{1}件が混在しています。ハッシュ化済みの値はそのまま送信されます。ハッシュ化の前に正規化されていることを確認してください。',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    '{0}件のハッシュが大文字です。そのまま送信されます。LINEの例は小文字です。誰も一致しない場合は、小文字にしてください。',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    '{0}件の広告IDをハッシュ化して送信します。LINEの仕様書では、ハッシュ化せずに送信します。',
  'LINE finished with the remark {0} (chunks: {1}).':
    'LINEの処理は完了しましたが、注意事項があります：{0}（分割ファイル：{1}）。',
  'LINE processed {0} of the {1} records (chunks: {2}).':
    'LINEは{1}件のうち{0}件を処理しました（分割ファイル：{2}）。',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINEでのオーディエンスの状態は{0}、推定サイズは{1}です。一致した人はまだいません。',
  'Hashed advertising ids may be the cause: try raw ones.':
    '広告IDのハッシュ化が原因かもしれません。ハッシュ化せずに送信してみてください。',
  'Check that the field holds what the identifier type says.':
    '列の内容が識別子の種類と合っているか確認してください。',
  'LINE does not accept this access key and secret key together. Check both.':
    'LINEはこのアクセスキーとシークレットキーの組み合わせを受け付けません。両方を確認してください。',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    'このアクセスキーの権限ではこの操作ができません。アップロードには「Data Provider (General)」の権限が必要です。',
  'The ad account has not been linked to your group.': 'この広告アカウントはグループに連携されていません。',
  'Check the ad account id.': '広告アカウントのIDを確認してください。',
  'Check the group id.': 'グループのIDを確認してください。',
  'The ad account has no such custom audience.':
    'この広告アカウントに、該当するカスタムオーディエンスはありません。',
  'The name is too long; LINE takes 120 characters.': '名前が長すぎます。LINEの上限は120文字です。',
  'A custom audience of this name exists already; use its id.':
    '同じ名前のカスタムオーディエンスがすでにあります。そのIDを指定してください。',
  'The ad account holds as many custom audiences as LINE allows.':
    '広告アカウントのカスタムオーディエンス数がLINEの上限に達しています。',
  'An ad group still targets it.': '広告グループの配信対象に設定されています。',
  'A lookalike audience is still made from it.': '類似オーディエンスの作成元として使用されています。',
  'The source audience matches too few people.': '元のオーディエンスで一致した人数が少なすぎます。',
  'The lines of the file are not in the form of its identifier type.':
    'ファイルの各行が、識別子の種類に合った形式ではありません。',
  'The file has too many lines; send it in smaller parts.':
    'ファイルの行数が多すぎます。小さく分けて送信してください。',
  'The file is empty.': 'ファイルが空です。',
  'The file is too large; LINE takes 60 MiB.': 'ファイルが大きすぎます。LINEの上限は60 MiBです。',
  'LINE is processing this audience; try again later.':
    'LINEがこのオーディエンスを処理中です。後でもう一度お試しください。',
  'the connection was refused': '接続が拒否されました',
  'the host name is unknown': 'ホスト名が見つかりません',
  'the host name could not be looked up': 'ホスト名を解決できませんでした',
  'there is no route to the host': 'ホストへの経路がありません',
  'there is no network': 'ネットワークに接続されていません',
  'the host did not take the connection in time': '時間内に接続できませんでした',
  'the connection was reset': '接続がリセットされました',
  'the connection was closed while sending': '送信中に接続が閉じられました',
  'the connection was closed before the answer': '応答の前に接続が閉じられました',
  'no answer came in time': '時間内に応答がありませんでした',
  'the answer stopped half-way': '応答が途中で止まりました',
  'fetch does not allow this port': 'このポートには接続できません',
  'its certificate is not trusted': '証明書が信頼されていません',
  'the connection failed': '接続に失敗しました',
  'It was tried {0} times.': '{0}回試行しました。',
  'The scan was stopped.': '読み取りが中止されました。',
  '{0} is cut off: the {1} data ends too early. Copy or download the file again.':
    '{0}は途中で切れています（{1}のデータが不完全です）。ファイルをもう一度コピーまたはダウンロードしてください。',
  '{0} is damaged: it does not decompress as {1}. Copy or download the file again.':
    '{0}は壊れています（{1}として展開できません）。ファイルをもう一度コピーまたはダウンロードしてください。',
  '{0} has no header: its first row does not end, or a quote in it is never closed.':
    '{0}にヘッダーがありません。最初の行が終わっていないか、引用符が閉じられていません。',
  '{0} has several columns named "{1}": which one is meant cannot be told. Rename one.':
    '{0}に「{1}」という名前の列が複数あり、どの列か判断できません。いずれかの列名を変更してください。',
  '{0} needs more memory than Lineup gives to reading. Write it with smaller row groups (100,000 rows), or as CSV.':
    '{0}の読み取りに必要なメモリーが上限を超えています。行グループを小さくして（100,000行）書き出すか、CSVにしてください。',
  '{0} holds text that is not valid UTF-8.': '{0}に正しくないUTF-8の文字列が含まれています。',
  '{0} is compressed as {1}, which cannot be read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.':
    '{0}は{1}で圧縮されており、Parquetでは読み取れません。Zstandard、Snappy、gzip、LZ4_RAWのいずれかで書き出してください。',
  '{0}: the field is written in the encoding {1}, which cannot be read for its type. Write the file without that encoding, or the field as text.':
    '{0}：列のエンコーディング{1}は、この型では読み取れません。このエンコーディングを使わずにファイルを書き出すか、列を文字列にしてください。',
  '{0} cannot be read as Parquet: it is damaged, cut off, or of another format.':
    '{0}をParquetとして読み取れません。壊れているか、途中で切れているか、別の形式です。',
  'Encoding "{0}" is not known. Common ones are utf-8, {1}.':
    '文字コード「{0}」には対応していません。よく使われるのはutf-8、{1}です。',
  'in its header': 'ヘッダー',
  'at row {0}': '{0}行目',
  '{0} is not valid UTF-8 ({1}).': '{0}は正しいUTF-8ではありません（{1}）。',
  '{0} looks like {1}, but not all of it fits that encoding ({2}).':
    '{0}の文字コードは{1}のようですが、合わない箇所があります（{2}）。',
  'Choose its encoding, or save the file as UTF-8.':
    '文字コードを選択するか、ファイルをUTF-8で保存し直してください。',
  'The first row of {0} looks like a member, not like the names of columns. Choose that it has no header, or write names above it.':
    '{0}の先頭行は列名ではなくメンバーのようです。「ヘッダーなし」を選ぶか、先頭行の上に列名を追加してください。',
  'File options are for files only.': 'ファイルの読み取り設定は、ファイルの場合だけ指定できます。',
  '{0} does not fit the encoding {1} ({2}).': '{0}は文字コード{1}に合っていません（{2}）。',
  'Format "{0}" is not known: it is one of {1}.': '形式「{0}」には対応していません。使用できるのは{1}です。',
  '{0} looks like a JSON array: write one object a line.':
    '{0}はJSON配列のようです。1行に1つのオブジェクトを書いてください。',
  '{0} looks like XML or HTML.': '{0}はXMLかHTMLのようです。',
  'The format of {0} cannot be told by its name or content.':
    '{0}の形式を、名前からも内容からも判断できません。',
  '{0} is not a text file but {1}.': '{0}はテキストファイルではありません（{1}）。',
  '{0} holds too many zero bytes for text in UTF-8: it may be UTF-16.':
    '{0}にはゼロバイトが多く含まれ、UTF-8のテキストではないようです。UTF-16の可能性があります。',
  '{0} is not a text file: it holds binary data.':
    '{0}はテキストファイルではありません。バイナリデータが含まれています。',
  '{0}: {1}// is not supported. Use https://, s3://, a path, or - for standard input.':
    '{0}：{1}// には対応していません。https://、s3://、パス、または標準入力を表す - を使用してください。',
  '{0} does not exist (HTTP {1}).': '{0}は存在しません（HTTP {1}）。',
  '{0} may not be read: the server refuses it (HTTP {1}).':
    '{0}を読み取れません。サーバーに拒否されました（HTTP {1}）。',
  '{0} could not be fetched: the server answered HTTP {1}.':
    '{0}を取得できませんでした。サーバーの応答：HTTP {1}。',
  '{0}: the server stayed silent for too long.': '{0}：サーバーからの応答が長時間ありませんでした。',
  '{0} could not be fetched: {1} ({2}).': '{0}を取得できませんでした：{1}（{2}）。',
  "{0} could not be fetched: the certificate of {1} is not trusted ({2}). Renew it, or name its authority's certificate in NODE_EXTRA_CA_CERTS.":
    '{0}を取得できませんでした。{1}の証明書が信頼されていません（{2}）。証明書を更新するか、認証局の証明書をNODE_EXTRA_CA_CERTSに指定してください。',
  'no encrypted connection to {0} comes about': '{0}と暗号化された接続を確立できません',
  'there is no host {0}': 'ホスト{0}は存在しません',
  'the name server does not tell where {0} is': 'ネームサーバーから{0}のアドレスを得られません',
  'nothing answers at {0}': '{0}から応答がありません',
  'the connection did not come about, or broke before the end of the file':
    '接続できないか、ファイルの終わりまでに接続が切れました',
  '{0}: the connection broke before the end of the file.': '{0}：ファイルの終わりまでに接続が切れました。',
  '{0} sends on from one place to the next without end.': '{0}のリダイレクトが際限なく続きます。',
  '{0} sends on to something that is no URL.': '{0}のリダイレクト先がURLではありません。',
  '{0}: the server gave a part of the file instead of the whole.':
    '{0}：サーバーがファイル全体ではなく一部を返しました。',
  '{0} arrives encoded ({1}): have the server send it as it is, or as gzip.':
    '{0}がエンコードされています（{1}）。サーバーからそのまま、またはgzipで送るようにしてください。',
  '{0}: the server does not tell how long the file is, so a broken connection would look like its end. Have it send Content-Length.':
    '{0}：サーバーからファイルの長さが示されないため、接続の切断とファイルの終わりを区別できません。Content-Lengthを送るようにしてください。',
  '{0} was changed while it was read. Start again.':
    '{0}は読み取り中に変更されました。もう一度実行してください。',
  '{0} cannot be read: Lineup’s user has no permission to read it.':
    '{0}を読み取れません。Lineupのユーザーに読み取り権限がありません。',
  '{0} cannot be read: the system answered {1}.': '{0}を読み取れません。システムの応答：{1}。',
  'Did you mean {0}?': '「{0}」のことですか？',
  '{0} is not NDJSON: its first line is no JSON object.':
    '{0}はNDJSONではありません。最初の行がJSONオブジェクトではありません。',
  'Opening the source was stopped.': 'データソースを開く処理は中止されました。',
  '{0} is empty: there is nothing in it.': '{0}は空です。',
  'Parquet cannot be read from a stream: its directory is at its end. Save it to a file first.':
    'Parquetは末尾にディレクトリ（目次）があるため、ストリームから読み取れません。先にファイルに保存してください。',
  '{0} is damaged or cut off: it cannot be read as an Excel workbook. Copy or download the file again, or open it in Excel and save it again.':
    '{0}は壊れているか途中で切れているため、Excelブックとして読み取れません。ファイルをもう一度コピーまたはダウンロードするか、Excelで開いて保存し直してください。',
  '{0} is too large for a workbook: a sheet, or the texts of all sheets, unpack to more than {1} MB. Save the sheet as CSV UTF-8.':
    '{0}はブックとして大きすぎます。シート、または全シートの文字列が展開後に{1} MBを超えます。シートを「CSV UTF-8」で保存してください。',
  '{0} is a workbook of more than {1} MB: one that comes from a stream, a URL or a compressed file is read into memory. Save it to a file first, or give CSV.':
    '{0}は{1} MBを超えるブックです。ストリーム、URL、圧縮ファイルのブックはメモリーに読み込まれます。先にファイルに保存するか、CSVを使用してください。',
  '{0} has more rows, columns or characters in a cell than Excel allows. Save the sheet as CSV UTF-8.':
    '{0}の行数、列数、またはセルの文字数がExcelの上限を超えています。シートを「CSV UTF-8」で保存してください。',
  '{0} has no sheet with cells.': '{0}にはセルのあるシートがありません。',
  '{0} has no sheet "{1}". It has {2}.': '{0}にシート「{1}」はありません。あるのは{2}です。',
  '{0} is not an Excel workbook (.xlsx), so it has no sheet "{1}".':
    '{0}はExcelブック（.xlsx）ではないため、シート「{1}」はありません。',
  '{0} is not an Excel workbook (.xlsx).': '{0}はExcelブック（.xlsx）ではありません。',
  '{0} is an Excel workbook, and the format given is {1}: leave it out.':
    '{0}はExcelブックですが、指定された形式は{1}です。形式の指定を外してください。',
  '{0} is not a Parquet file.': '{0}はParquetファイルではありません。',
  '{0}: of s3:// only Parquet can be read.': '{0}：s3:// から読み取れるのはParquetだけです。',
  '{0} matches files of different formats: {1} and {2}. Name one kind.':
    '{0}に当てはまるファイルの形式が異なります：{1}と{2}。1種類にしてください。',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them.':
    '{1}の列「{0}」の型は{2}です。値は文字列か数値、またはそのリストである必要があります。',
  '{0} is Parquet, which is read in shared memory so that nothing of it gets onto a disk, and this machine has none ({1}). Give CSV or NDJSON instead.':
    '{0}はParquetです。ディスクに書き込まないよう共有メモリーで読み取りますが、このサーバーには共有メモリーがありません（{1}）。CSVかNDJSONを使用してください。',
  '{0} is no Parquet file, or is cut off.': '{0}はParquetファイルではないか、途中で切れています。',
  '{0} is Parquet, and a part of {1} MB finds no room in shared memory ({2}). Give this machine more (of a container: its shm_size), or give CSV.':
    '{0}はParquetで、{1} MBの部分が共有メモリーに収まりません（{2}）。共有メモリーを増やすか（コンテナーではshm_size）、CSVを使用してください。',
  '{0}, row {1}': '{0}の{1}行目',
  '{0}: the number of fields is {1}, where the header has {2}. A shifted row would send wrong values: correct it, or quote values that hold the delimiter.':
    '{0}：列の数が{1}で、ヘッダーの{2}と異なります。列がずれると誤った値を送信してしまいます。行を修正するか、区切り文字を含む値を引用符で囲んでください。',
  '{0}: text follows a closing quote. Quotes inside a quoted value must be doubled.':
    '{0}：閉じ引用符の後に文字があります。引用符で囲んだ値の中の引用符は2つ重ねてください。',
  '{0}: a quoted value begins that is never closed.': '{0}：引用符で始まる値が閉じられていません。',
  '{0}: the row is longer than 64 MiB. Is a quote never closed?':
    '{0}：行の長さが64 MiBを超えています。引用符が閉じられていない可能性があります。',
  '{0}: the line is not a JSON object. NDJSON has one whole object on each line.':
    '{0}：JSONオブジェクトではありません。NDJSONでは1行に1つの完全なオブジェクトを書きます。',
  '{0}: the field holds an object or a list of lists. Its values must be texts or numbers, or a list of them.':
    '{0}：列の値がオブジェクトか、リストのリストです。値は文字列か数値、またはそのリストである必要があります。',
  '{0} was read already, and cannot be read again.':
    '{0}はすでに読み取り済みで、もう一度読み取ることはできません。',
  '{0} has no field "{1}". It has {2}.': '{0}に列「{1}」はありません。あるのは次の列です：{2}。',
  'Did you mean "{0}"?': '「{0}」のことですか？',
  '{0} seems to have no header, for its first row looks like a member. That row is counted, and the columns are called by their place: column 1, column 2, … Choose one of these, or write names above the first row.':
    '{0}の1行目がメンバーのデータのように見えるため、ヘッダーがないようです。1行目も件数に含まれ、列の名前は先頭から順に column 1、column 2、… となります。この中から選択するか、1行目の上に列名を追加してください。',
  '{0} has fields whose names look like members, or are longer than a name is. They are left out.':
    '{0}に、列名がメンバーのデータのように見えるか、長すぎる列があります。これらの列は除外されます。',
  '{0} has {1} columns, and Lineup reads files of at most {2}. Is it of another format, or has it another delimiter?':
    '{0}には{1}列あります。Lineupで読み取れるファイルは{2}列までです。形式や区切り文字が間違っていないか確認してください。',
  'The source did not answer within {0} seconds.': 'データソースから{0}秒以内に応答がありませんでした。',
  'The source describes itself with more than {0} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.':
    'データソースの列名などの情報が{0} MBを超えており、読み取れません。列を減らすか、列名を短くしてください。',
  'The service is reading as many sources as it can. Try again in a minute.':
    '同時に読み取れるデータソースの数が上限に達しています。1分ほど待ってから、もう一度お試しください。',
  'Reading the source was stopped.': 'データソースの読み取りを中止しました。',
  'The service is stopping.': 'サービスは停止処理中です。',
  'The process that would read the source could not be started. Try again in a while.':
    'データソースを読み取るプロセスを起動できませんでした。しばらくしてから、もう一度お試しください。',
  'Nothing of the file was kept. Check what is in it before you upload it again.':
    'ファイルは保存されていません。内容を確認してから、もう一度アップロードしてください。',
  'This source is in quarantine since {0}.': 'このデータソースは{0}から隔離されています。',
  'Reading it took more memory than one reader may have.': '読み取りに必要なメモリーが上限を超えました。',
  'Reading it kept the reader busy without end.': '読み取りプロセスが応答しなくなりました。',
  'The system ended the reader ({0}), probably because it had too little memory left.':
    'システムが読み取りプロセスを終了させました（{0}）。メモリー不足が原因と考えられます。',
  'Reading it met an error that Lineup did not expect ({0}).':
    '読み取り中に、想定外のエラーが発生しました（{0}）。',
  'Reading it made the reader crash ({0}).': '読み取りプロセスが異常終了しました（{0}）。',
  'Lineup does not connect to this source by itself any more. Check the server, then verify the authorization to try again.':
    'Lineupは今後、このデータソースに自動では接続しません。もう一度試すには、サーバーを確認してから、認証情報のページで「今すぐ確認」を選択してください。',
  'Lineup does not read this source by itself any more. Check what is in it, then preview it or run its job to try again.':
    'Lineupは今後、このデータソースを自動では読み取りません。もう一度試すには、内容を確認してから、プレビューを表示するかジョブを実行してください。',
  'Lytics did not answer within {0} seconds.': 'Lyticsから{0}秒以内に応答がありませんでした。',
  'Lytics answered {0}.': 'Lyticsの応答：{0}。',
  'Lytics answered {0}: {1}.': 'Lyticsの応答：{0}「{1}」。',
  'Lytics answered {0}, but not in JSON.': 'Lyticsの応答（{0}）がJSONではありませんでした。',
  'Lytics answered with more than {0} MB, which is not read.':
    'Lyticsの応答が{0} MBを超えたため、読み取りを中止しました。',
  'Lytics has a certificate at {0} that is not trusted ({1}).':
    '{0}のLyticsの証明書が信頼されていません（{1}）。',
  'Lytics could not be reached at {0}, or the connection broke ({1}).':
    '{0}のLyticsに接続できないか、接続が切れました（{1}）。',
  'The request to Lytics was stopped.': 'Lyticsへのリクエストは中止されました。',
  'Lytics answered in a form that Lineup does not understand ({0}). Is the origin that of Lytics?':
    'Lyticsの応答を解釈できません（{0}）。接続先のURLが正しいか確認してください。',
  'Lytics has no audience "{0}" in the account of this token: it was deleted, or belongs to another account.':
    'このトークンのLyticsアカウントに、オーディエンス「{0}」はありません。削除されたか、別のアカウントのオーディエンスです。',
  'Lytics no longer knows where the scan of "{0}" stood. It must begin anew.':
    '「{0}」の読み取り位置がLytics側で失われました。最初からやり直す必要があります。',
  'The Lytics API token is empty, or holds a space or a character that no token has: copy it again.':
    'LyticsのAPIトークンが空か、空白や使えない文字を含んでいます。もう一度コピーしてください。',
  'The Lytics origin is not a usable URL: give one like https://api.lytics.io, without a path.':
    'Lyticsの接続先URLが正しくありません。https://api.lytics.io のように、パスなしで指定してください。',
  'Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.':
    'LyticsがAPIトークンを受け付けません。正しくないか、期限切れか、無効化されています。認証情報のページで新しいトークンを入力してください。',
  'The role of the Lytics API token does not allow to read this ({0}). Give the token a role that may read audiences, fields and profiles.':
    'LyticsのAPIトークンの権限では、これを読み取れません（{0}）。オーディエンス、列、プロファイルの読み取り権限をトークンに付与してください。',
  '{0} was tried {1} times.': '{0}を{1}回試行しました。',
  'Try again later.': '後でもう一度お試しください。',
  'The Lytics audience "{0}" is one of the table {1}, not of members.':
    'Lyticsのオーディエンス「{0}」はテーブル{1}のもので、メンバーのオーディエンスではありません。',
  'Lytics calls the audience "{0}" invalid ({1}). Correct it in Lytics.':
    'Lyticsでオーディエンス「{0}」が無効とされています（{1}）。Lyticsで修正してください。',
  'Lytics gives the same members again and again, and fewer than it counts itself. Try again; if it stays so, tell Lytics.':
    'Lyticsが同じメンバーを繰り返し返し、その数がLytics自身の集計より少なくなっています。もう一度お試しください。解消しない場合は、Lyticsにお問い合わせください。',
  'Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.':
    'Lyticsがどのページにも同じカーソルを返すため、中断した読み取りを続けられません。最初からやり直す必要があります。',
  'What was kept of the scan is no place in it. It must begin anew.':
    '保存されていた読み取り位置が正しくありません。最初からやり直す必要があります。',
  'The field "{0}" of Lytics is of type {1}: an identifier is in a field of type string, []string or ts[]string.':
    'Lyticsの列「{0}」の型は{1}です。識別子の列の型は、string、[]string、ts[]stringのいずれかである必要があります。',
  'The field "{0}" holds {1}: its values must be texts or lists of texts.':
    '列「{0}」の値は{1}です。値は文字列または文字列のリストである必要があります。',
  'There is no table or view {0} that this user may read.':
    'このユーザーが読み取れるテーブルまたはビュー{0}はありません。',
  'it is empty': '空です',
  'it holds a NUL character': 'NUL文字が含まれています',
  'it is longer than {0} characters': '{0}文字を超えています',
  'line {0}, column {1}: {2}': '{0}行目{1}列目：{2}',
  'line {0}, column {1}, at "{2}": {3}': '{0}行目{1}列目の「{2}」：{3}',
  'this is not possible in a query that only reads': '読み取りだけのクエリでは使用できません',
  'there is no such schema': 'そのスキーマはありません',
  'this is a syntax error': '構文エラーです',
  'two columns have this name: write the table’s name before it':
    'この名前の列が2つあります。前にテーブル名を付けてください',
  'there is no such column': 'その列はありません',
  'there is no such type or collation': 'その型または照合順序はありません',
  'two tables have this name: give one another name with AS':
    'この名前のテーブルが2つあります。一方にASで別の名前を付けてください',
  'several functions or operators fit: convert a value with :: or CAST':
    '当てはまる関数または演算子が複数あります。値を::またはCASTで変換してください',
  'a column must be in GROUP BY or in an aggregate function': '列はGROUP BYまたは集約関数の中に必要です',
  'the types do not fit together: convert one of them with :: or CAST':
    '型が合いません。一方を::またはCASTで変換してください',
  'there is no conversion between these types': 'これらの型の間では変換できません',
  'there is no such function or operator for these types: convert a value with :: or CAST':
    'これらの型に使える関数または演算子はありません。値を::またはCASTで変換してください',
  'it holds a parameter like $1, and there is no value for it':
    '$1のようなパラメーターがありますが、その値がありません',
  'the type of a value is not clear: convert it with :: or CAST':
    '値の型が決まりません。::またはCASTで変換してください',
  'a value in quotes does not fit its type': '引用符で囲まれた値が型に合いません',
  'it is too long or too complex for the server': 'サーバーには長すぎるか複雑すぎます',
  'the server does not accept it ({0})': 'サーバーが受け付けません（{0}）',
  'what answers there does not speak PostgreSQL’s protocol as it should. Check host and port':
    '接続先がPostgreSQLのプロトコルどおりに応答しません。ホストとポートを確認してください',
  'the server sent more than was asked for': 'サーバーが要求した以上のデータを送ってきました',
  'signing in failed: the server does not do it as it should':
    'ログインできませんでした。サーバーの応答が正しくありません',
  'This query cannot be used: {0}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.':
    'このクエリは使用できません：{0}。この接続のユーザーが実行できる1つのSELECT（またはWITH … SELECT）である必要があります。',
  "a value is not text in the encoding that the database claims. A query can convert it: convert_from(field::bytea, 'SJIS')":
    "データベースの文字コードに合わない値が列にあります。クエリで変換できます：convert_from(field::bytea, 'SJIS')",
  'a value holds a character that UTF-8 does not have': 'UTF-8にない文字を含む値があります',
  'it would change something, and members are only ever read':
    'データを変更する処理が含まれています。メンバーは読み取りだけができます',
  'the server refuses this user from here, or without TLS, as its pg_hba.conf says: check the user and sslmode':
    'サーバーのpg_hba.confにより、このユーザーのここからの接続、またはTLSなしの接続が拒否されています。ユーザーとsslmodeを確認してください',
  'the server refuses this user or password': 'サーバーがこのユーザーまたはパスワードを拒否しました',
  'there is no database of that name': 'その名前のデータベースはありません',
  'this server is a standby, and cancelled what stood in the way of its updates. Read from the primary, or raise max_standby_streaming_delay':
    'このサーバーはスタンバイで、更新の妨げになる処理を取り消しました。プライマリから読み取るか、max_standby_streaming_delayを大きくしてください',
  'this user may not read all of it: GRANT SELECT on the table, and USAGE on its schema':
    'このユーザーには読み取り権限が足りません。テーブルにGRANT SELECT、スキーマにUSAGEを付与してください',
  'two of its fields have this name: give one another name with AS':
    'この名前の列が2つあります。一方にASで別の名前を付けてください',
  'there is no such table or view': 'そのテーブルまたはビューはありません',
  'the server has no connection left': 'サーバーの接続数が上限に達しています',
  'the table is locked, and stayed so for too long': 'テーブルが長時間ロックされています',
  'it took longer than is allowed, or somebody cancelled it at the server':
    '制限時間を超えたか、サーバーで取り消されました',
  'the server was shut down, or its administrator ended the connection':
    'サーバーが停止されたか、管理者が接続を切断しました',
  'the server crashed': 'サーバーが異常終了しました',
  'the server is starting up or shutting down': 'サーバーが起動中または停止中です',
  'its host name cannot be looked up at the moment': '現在、ホスト名を解決できません',
  'nothing listens there': '接続先で待ち受けていません',
  'there is no such socket': 'そのソケットはありません',
  'its host name is not known': 'ホスト名が見つかりません',
  'its certificate has expired': '証明書の有効期限が切れています',
  'its certificate is for another name. Use that name, or give its authority’s certificate and sslmode=verify-ca':
    '証明書の名前が異なります。証明書の名前を使用するか、認証局の証明書とsslmode=verify-caを指定してください',
  'its certificate is not from an authority that is known here. Give that authority’s certificate, or use sslmode=require, which encrypts without knowing with whom':
    '証明書の認証局が不明です。認証局の証明書を指定するか、相手を確認せずに暗号化するsslmode=requireを使用してください',
  'the connection was cut': '接続が切断されました',
  '{0} cannot be read: {1}.': '{0}を読み取れません：{1}。',
  'the server has trouble ({0})': 'サーバーで問題が発生しています（{0}）',
  'it speaks no TLS. Turn that on at the server, or use sslmode=disable where the network between is trusted':
    'TLSに対応していません。サーバーで有効にするか、信頼できるネットワークであればsslmode=disableを使用してください',
  'no TLS connection could be agreed on': 'TLS接続を確立できませんでした',
  'the server asks for a password, and the URL has none':
    'サーバーがパスワードを求めていますが、URLに含まれていません',
  'it did not answer in time': '時間内に応答がありませんでした',
  'the connection failed ({0})': '接続に失敗しました（{0}）',
  'the server reports the error {0} (PostgreSQL’s manual, appendix A)':
    'サーバーがエラー{0}を返しました（PostgreSQLマニュアルの付録A）',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them. A query can take one out, e.g. profile->>\'email\'.':
    "{1}の列「{0}」の型は{2}です。値は文字列か数値、またはそのリストである必要があります。クエリで取り出せます（例：profile->>'email'）。",
  'This is no name of a table: write it like members, crm.members or "CRM"."Members of 2026".':
    'メンバーのテーブルの名前が正しくありません。members、crm.members、"CRM"."Members of 2026" のように書いてください。',
  'Reading PostgreSQL was stopped.': 'PostgreSQLの読み取りは中止されました。',
  'This is no PostgreSQL URL: give one like {0}, with % codes for the characters : / ? # [ ] @ % in a password.':
    'PostgreSQLのURLではありません。{0}のように入力し、パスワード内の : / ? # [ ] @ % は%で始まるコードで書いてください。',
  'The PostgreSQL URL names no user: give one like {0}.':
    'PostgreSQLのURLにユーザー名がありません。{0}のように入力してください。',
  'The PostgreSQL URL holds a NUL character.': 'PostgreSQLのURLにNUL文字が含まれています。',
  'The certificate file {0} (sslrootcert) cannot be read.':
    '証明書ファイル{0}（sslrootcert）を読み取れません。',
  'The PostgreSQL URL names a certificate file (sslrootcert): give the certificate itself beside the URL.':
    'PostgreSQLのURLに証明書ファイル（sslrootcert）が指定されています。URLとは別に証明書そのものを入力してください。',
  'The PostgreSQL URL has the parameter "{0}", which is not known here; those known are {1}.':
    'PostgreSQLのURLのパラメーター「{0}」には対応していません。使用できるのは{1}です。',
  'The {0} of the PostgreSQL URL must be a whole number from 1 to {1}.':
    'PostgreSQLのURLの{0}は1～{1}の整数で指定してください。',
  'sslmode=verify-ca needs the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.':
    'sslmode=verify-caには認証局の証明書が必要です（公的な認証局の証明書は誰でも取得できるため）。証明書を指定するか、sslmode=verify-fullを使用してください。',
  'sslmode={0} is not known here. Use verify-full (encrypted, certificate and name checked; what a URL without sslmode means, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.':
    'sslmode={0}には対応していません。verify-full（暗号化し、証明書と名前を確認。接続先がこのサーバー自身でない限り既定）、verify-ca（名前は確認しない）、require（暗号化のみ）、disableのいずれかを使用してください。',
  'The CA certificate is not in PEM form: it begins with -----BEGIN CERTIFICATE-----, and must be copied whole.':
    'CA証明書がPEM形式ではありません。-----BEGIN CERTIFICATE----- から始まる全体をコピーしてください。',
  'The PostgreSQL URL holds a % that begins no code: write %25 for the character itself.':
    'PostgreSQLのURLに、コードになっていない%があります。%という文字は%25と書いてください。',
  'an Excel workbook with a password; save it without one':
    'パスワード付きのExcelブックです。パスワードなしで保存してください',
  'an old Excel workbook (.xls); save it as .xlsx':
    '古い形式のExcelブック（.xls）です。.xlsxで保存してください',
  'an old Office file (.xls, .doc), or an Excel workbook with a password; save it as .xlsx without one':
    '古い形式のOfficeファイル（.xls、.doc）か、パスワード付きのExcelブックです。パスワードなしの.xlsxで保存してください',
  'a binary Excel workbook (.xlsb); save it as .xlsx':
    'バイナリ形式のExcelブック（.xlsb）です。.xlsxで保存してください',
  'an OpenDocument spreadsheet; save it as .xlsx':
    'OpenDocumentの表計算ファイルです。.xlsxで保存してください',
  'an Apple Numbers spreadsheet; export it as .xlsx':
    'Appleの表計算ソフトNumbersのファイルです。.xlsxで書き出してください',
  'a Word or PowerPoint file': 'WordかPowerPointのファイルです',
  'a ZIP archive without an Excel workbook; unpack it':
    'ZIPファイルで、Excelブックではありません。展開してください',
  'a PDF document': 'PDF文書です',
  'bzip2 data; decompress it first': 'bzip2のデータです。先に展開してください',
  'LZ4 data; decompress it first, or compress it as gzip or Zstandard':
    'LZ4のデータです。先に展開するか、gzipかZstandardで圧縮してください',
  'a 7-Zip archive; unpack it': '7-Zipのアーカイブです。展開してください',
  'a RAR archive; unpack it': 'RARのアーカイブです。展開してください',
  'xz data; decompress it first': 'xzのデータです。先に展開してください',
  'an SQLite database': 'SQLiteデータベースです',
  'an Avro file; convert it to Parquet or NDJSON': 'Avroファイルです。ParquetかNDJSONに変換してください',
  'an ORC file; convert it to Parquet or NDJSON': 'ORCファイルです。ParquetかNDJSONに変換してください',
  '{0} and {1} more': '{0}、ほか{1}件',
  none: 'なし',
  'objects without a text, or with several': 'テキストを含まない、または複数含むオブジェクト',
  objects: 'オブジェクト',
  '{0} is Parquet, which is read in parts, and the server does not tell that they are of the same file: have it send ETag and Content-Length, or give CSV or NDJSON.':
    '{0}はParquetです。部分ごとに読み取りますが、同じファイルであることをサーバーが示していません。ETagとContent-Lengthを送るようにするか、CSVかNDJSONを使用してください。',
  '{0}: the server gives the file from its beginning alone, and a part from its middle is needed.':
    '{0}：途中からの読み取りが必要ですが、サーバーはファイルの先頭からしか送りません。',
  "{0}: Parquet is read from S3 only where DuckDB's httpfs extension is installed, and it is not. Use a presigned https:// URL, or download the file first.":
    '{0}：S3からParquetを読むにはDuckDBのhttpfs拡張が必要ですが、インストールされていません。署名付きの https:// URLを使用するか、先にファイルをダウンロードしてください。',
  'The request was {0}.': 'リクエスト：{0}。',
};
