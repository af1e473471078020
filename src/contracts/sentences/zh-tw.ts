import type { Catalogue } from './index.ts';

export const zhTW: Catalogue = {
  'Enter a label.': '請輸入名稱。',
  'Enter a tag.': '請輸入標籤。',
  'A tag has no comma.': '標籤不能包含逗號。',
  'The same tag is in the list twice.': '清單中有重複的標籤。',
  'Use plain text: no line breaks, control characters or direction marks.':
    '請使用純文字：不可包含換行、控制字元或文字方向符號。',
  'There is no such provider and method.': '沒有這個服務與授權方式的組合。',
  'Enter the ad account’s id, for example A1.': '請輸入廣告帳號 ID，例如 A1。',
  'Enter the group’s id, for example G1.': '請輸入群組 ID，例如 G1。',
  'A Custom Audience’s id is a number.': '自訂受眾的 ID 必須是數字。',
  'Enter a name.': '請輸入名稱。',
  'Choose an audience.': '請選擇受眾。',
  'At most four audiences.': '最多可選四個受眾。',
  'A run is running, succeeded, failed, interrupted, dry_run, queued or stopped: enter one of these.':
    '請輸入下列其中一種執行狀態：running、succeeded、failed、interrupted、dry_run、queued 或 stopped。',
  'Enter true or false.': '請輸入 true 或 false。',
  'Enter a day such as 2026-11-01, or a moment such as 2026-11-01T09:00:00Z.':
    '請輸入日期（例如 2026-11-01）或時間點（例如 2026-11-01T09:00:00Z）。',
  'The end of the time must be after its beginning: change one of them.':
    '期間的結束必須晚於開始，請修改其中一項。',
  'Enter a country code like JP.': '請輸入國家／地區代碼，例如 JP。',
  'Enter the name of the audience to create, or choose an existing one.':
    '請輸入要建立的受眾名稱，或選擇現有受眾。',
  'An existing audience keeps its name: leave this empty.': '現有受眾會保留原名稱，此欄請留空。',
  'Choose the field that holds the advertising ID.': '請選擇含有廣告 ID 的欄位。',
  'Choose how often it runs.': '請選擇執行頻率。',
  'Choose the day of the week.': '請選擇星期幾。',
  'Choose the time of day.': '請選擇時間。',
  'Choose the time zone.': '請選擇時區。',
  'A default country is for phone numbers only.': '只有電話號碼可以設定預設國家／地區。',
  'The IFA format is for advertising IDs only.': '只有廣告 ID 可以設定 IFA 格式。',
  'Choose at least one.': '請至少選擇一項。',
  'Name each job once.': '每個工作只能指定一次。',
  'Enter a URL like https://hooks.example.com/lineup.': '請輸入網址，例如 https://hooks.example.com/lineup。',
  'Leave user and password out of the URL.': '網址中請勿包含使用者名稱與密碼。',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    '請輸入 whsec_… 格式的金鑰（24 至 64 位元組，Base64），或留空由系統產生。',
  'Enter the mail server.': '請輸入郵件伺服器。',
  'Enter an e-mail address.': '請輸入電子郵件地址。',
  'Enter at least one recipient.': '請至少輸入一位收件者。',
  'At most 20; for more, use a mailing list.': '最多 20 個；若需更多，請使用郵件群組。',
  'At least 12 characters.': '至少 12 個字元。',
  'At most 200 characters.': '最多 200 個字元。',
  'Enter the key.': '請輸入金鑰。',
  'This holds a character that cannot be kept: type it again.': '內容含有無法儲存的字元，請重新輸入。',
  'This is nested too deeply.': '巢狀層級過深。',
  'The URL is too long.': '網址過長。',
  'This holds a space or a character that no key has: copy it again.':
    '內容含有空格或不屬於金鑰的字元，請重新複製。',
  'Enter a URL like https://api.lytics.io.': '請輸入網址，例如 https://api.lytics.io。',
  'Enter the origin alone, like https://api.lytics.io: without a path, a query or a user.':
    '請只輸入 API 位址，例如 https://api.lytics.io，不含路徑、查詢參數或使用者。',
  'Enter a URL like postgres://user:password@host:5432/database.':
    '請輸入含有使用者、密碼與資料庫的網址，例如 postgres://user:password@host:5432/database。',
  'Enter a time of day like 09:30.': '請輸入時間，例如 09:30。',
  'Choose a time zone like Asia/Tokyo.': '請選擇時區，例如 Asia/Tokyo。',
  'Enter an absolute path.': '請輸入絕對路徑。',
  'Choose a field.': '請選擇欄位。',
  'Use at most {0} characters.': '最多 {0} 個字元。',
  'At most {0} are possible.': '最多 {0} 項。',
  'Enter at most {0}.': '請輸入不大於 {0} 的值。',
  'Enter at least {0}.': '請輸入不小於 {0} 的值。',
  'This is required.': '此欄位為必填。',
  'Use at least {0} characters.': '至少 {0} 個字元。',
  'There is an unknown property here.': '內容含有無法識別的項目。',
  'A value is missing or has the wrong type.': '此處缺少值，或值的類型不正確。',
  'This is not valid.': '此值無效。',
  'The run before is still being stopped. Try again in a moment.': '前一次執行仍在停止中，請稍後再試。',
  'The run ended without a reason.': '執行已結束，但沒有留下任何說明。',
  'A person stopped the run.': '此次執行已手動停止。',
  'The worker that had this run is gone.': '負責此次執行的工作程序已不存在。',
  'The run that was due at {0} has not come to its end.': '預定於 {0} 的執行尚未結束。',
  'What the run had staged is gone and its source has changed.':
    '此次執行先前備妥的資料已不存在，且來源已變更。',
  'No run is going on.': '目前沒有正在進行的執行。',
  'Only a running or sleeping job can be paused.': '只有「執行中」或「等待下次執行」的工作可以暫停。',
  'Resume it first.': '請先恢復此工作。',
  'A run is going on already.': '已有正在進行的執行。',
  'Duplicate it to go on.': '若要繼續，請建立副本。',
  'No guard has stopped this job.': '保護機制沒有停止此工作。',
  'There is no run that could go on.': '沒有可以繼續的執行。',
  'Stop its run first.': '請先停止目前的執行。',
  'It is terminated already.': '此工作已終止。',
  'A scheduled time came while a run was going on. It is skipped.': '執行期間又到了排定時間，因此略過該次。',
  'It is not due yet.': '尚未到排定時間。',
  'A scheduled time passed while the service was down. This run makes up for it.':
    '服務停止期間錯過了一次排定時間，由此次執行補上。',
  '{0} scheduled times passed while the service was down. This run makes up for them.':
    '服務停止期間錯過了 {0} 次排定時間，由此次執行補上。',
  'A slot came in the meantime; this run makes up for it.': '這段期間到了一次排定時間，由此次執行補上。',
  '{0} slots came in the meantime; this run makes up for them.':
    '這段期間到了 {0} 次排定時間，由此次執行補上。',
  'A scheduled time came while the run was going on, and was skipped.': '執行期間到了一次排定時間，已略過。',
  '{0} scheduled times came while the run was going on, and were skipped.':
    '執行期間到了 {0} 次排定時間，均已略過。',
  'LINE holds {0} of {1} members.': 'LINE 目前只有 {1} 位成員中的 {0} 位。',
  'LINE took all {0} members, but the run ended before LINE had finished with them.':
    'LINE 已接收全部 {0} 位成員，但執行在 LINE 處理完成前就結束了。',
  'The job did not wait for this run any more.': '工作已不再等待此次執行。',
  'Only a paused or failed job can be resumed.': '只有已暫停或失敗的工作可以恢復。',
  'The job is running.': '此工作正在執行。',
  'The job is sleeping.': '此工作正在等待下次執行。',
  'The job is paused.': '此工作已暫停。',
  'The job is completed.': '此工作已完成。',
  'The job has failed.': '此工作已失敗。',
  'The job is terminated.': '此工作已終止。',
  'The worker is shutting down.': '工作程序正在關閉。',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    '之後執行 {0} 已寫入此受眾，因此不可再送出此次執行中較舊的分批檔案。',
  'Lineup met a fault of its own ({0}). Please report it.': 'Lineup 發生內部錯誤（{0}），請回報此問題。',
  'Only an administrator may do this.': '只有管理員可以執行此操作。',
  'Only an editor or an administrator may do this.': '只有編輯者或管理員可以執行此操作。',
  'A viewer may look at audiences of the list, and at those that a job was saved with. For a query, a path or a URL of your own, ask an editor.':
    '檢視者只能查看清單中的受眾，以及已儲存的工作所使用的受眾。若要使用自訂的查詢、路徑或網址，請洽編輯者。',
  'A viewer may preview only what a job was saved with. For anything else, ask an editor.':
    '檢視者只能預覽已儲存的工作所使用的內容。其他內容請洽編輯者。',
  'Only somebody who has a role here may do this.': '只有在此具有角色的使用者可以執行此操作。',
  'This request comes from another site, or lacks its origin.': '此要求來自其他網站，或缺少來源資訊。',
  'Too many attempts. Wait a minute, then try again.': '嘗試次數過多，請稍候一分鐘再試。',
  'Too many attempts have failed. Try again in {0} seconds.': '失敗次數過多，請在 {0} 秒後再試一次。',
  'The current password is wrong.': '目前的密碼不正確。',
  'This password is easy to guess. Use a longer one, or several words that do not belong together; no name, no e-mail address, no common password.':
    '這個密碼很容易被猜到。請使用更長的密碼，或組合幾個互不相關的詞；不要使用姓名、電子郵件地址或常見密碼。',
  'This user is disabled.': '此使用者已停用。',
  'The e-mail address or the password is wrong.': '電子郵件地址或密碼不正確。',
  'Sign-in was refused.': '登入遭拒。',
  'Sign-in failed.': '登入失敗。',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    '請先登入，或以 API 權杖授權：Authorization: Bearer lineup_…',
  'The session has ended: sign in again.': '登入已失效，請重新登入。',
  'The API token is unknown, revoked or too old, or whoever made it may do nothing here any more.':
    '此 API 權杖無法識別、已撤銷或已過期，或其建立者已沒有任何權限。',
  'There is no user {0}.': '沒有使用者 {0}。',
  'This time is past: give one that is still to come.': '此時間已過，請指定未來的時間。',
  'Somebody has this e-mail address already.': '此電子郵件地址已有人使用。',
  'There is nothing at this address.': '此網址沒有任何內容。',
  'Some of what was sent is not valid.': '送出的部分內容無效。',
  'The body is too large.': '送出的資料過大。',
  'The Host header of the request is missing, or names no host.':
    '要求缺少 Host 標頭，或標頭中沒有主機名稱。',
  'Too many runs are being followed at the same time. Close some of them, or ask for the run now and then instead.':
    '同時追蹤的執行過多。請關閉其中一些，或改為定期查詢執行狀態。',
  'The request did not come whole in time. Send it again.': '要求未能及時完整送達，請重新傳送。',
  'The address and the headers of the request are too large.': '要求的網址與標頭過大。',
  'This address is too long.': '網址過長。',
  'Send JSON, with Content-Type: application/json.': '請以 Content-Type: application/json 傳送 JSON。',
  'The request cannot be read.': '無法讀取此要求。',
  'Something went wrong here. The request id leads to it in the log.':
    '系統發生問題。可在記錄中以要求 ID 查詢。',
  'Up to 200 printable characters.': '最多 200 個可顯示的字元。',
  'An API token has no password.': 'API 權杖沒有密碼。',
  'The run has not begun yet, so there is no report.': '執行尚未開始，因此沒有報告。',
  'A path of the web app.': '請指定網頁應用程式內的路徑。',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    '此連結不正確、已使用過、已被較新的連結取代，或已過期。',
  'Single sign-on failed: begin again.': '單一登入失敗，請從頭再試一次。',
  'Nobody would be left who can sign in and manage the others: make somebody else an administrator first, who has set a password.':
    '這樣將沒有人能登入並管理其他使用者。請先將另一位已設定密碼的使用者設為管理員。',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    '您無法變更自己的角色或停用自己，請洽其他管理員。',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    '請輸入廣告帳號：尚無工作使用此授權，因此沒有可用來驗證的帳號。',
  'There is no custom audience "{0}".': '沒有自訂受眾「{0}」。',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    '工作「{0}」會持續更新此受眾。請先刪除該工作，或改用其他受眾。',
  'The cursor is not valid: begin again without one.': '游標無效，請不帶游標重新開始。',
  'A run of this job goes on: stop it first.': '此工作正在執行，請先停止執行。',
  'This authorization gives no audiences.': '此授權無法提供受眾。',
  'Choose an authorization: this one is gone.': '此授權已不存在，請選擇其他授權。',
  'Choose an authorization of LINE Ads.': '請選擇 LINE 廣告的授權。',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    'LINE 上已有同名的受眾（{0}）。請選擇該受眾，或改用其他名稱。',
  'Ad account {0} has no audience {1}.': '廣告帳號 {0} 沒有受眾 {1}。',
  'An audience at LINE keeps its ad account and its identifier type: this change needs another audience, and {0} stays as it is. Set another_audience to true to have one made, or choose an existing one.':
    'LINE 上的受眾無法變更廣告帳號與識別碼類型。此變更需要另一個受眾，{0} 會維持原狀。請將 another_audience 設為 true 以建立新的受眾，或選擇現有受眾。',
  'The audience {0} does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'LINE 上已沒有受眾 {0}。請選擇其他受眾，或重新建立（another_audience）。',
  'The audience "{0}" ({1}) does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'LINE 上已沒有受眾「{0}」（{1}）。請選擇其他受眾，或重新建立（another_audience）。',
  'LINE did not rename the audience, so nothing was saved.':
    'LINE 未能重新命名此受眾，因此沒有儲存任何變更。',
  'Enter the name of the audience to create, in place of the id of an existing one.':
    '請輸入要建立的受眾名稱，而不是現有受眾的 ID。',
  'The first run makes the audience "{0}" at LINE right now. Change it when that run has ended, or stop the run first.':
    '首次執行正在 LINE 建立受眾「{0}」。請等執行結束後再變更，或先停止執行。',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    '受眾「{0}」的類型為 {1}，接受的是另一種識別碼。請選擇其他受眾。',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    '工作「{0}」會持續更新此受眾：兩個工作會互相覆蓋結果。',
  '{0} is inside this network. Lineup connects to port {1} there only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} 位於內部網路。管理員須先在設定的「內部網路的主機」中列出該主機，Lineup 才會連線至其連接埠 {1}。',
  '{0} is a Unix socket of this machine. Lineup uses it only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} 是這台主機的 Unix 通訊端。管理員須先在設定的「內部網路的主機」中列出，Lineup 才會使用。',
  'The message was taken.': '對方已接收訊息。',
  'Test message': '測試訊息',
  'This is a test message. Lineup will send its notifications here.':
    '這是測試訊息。Lineup 會將通知傳送到這裡。',
  'The job “{0}” failed': '工作「{0}」執行失敗',
  'The job “{0}” failed. It does not run again by itself.': '工作「{0}」失敗，不會再自動執行。',
  'The other system’s reason: {0}': '對方系統提供的原因：{0}',
  'The job “{0}” waits': '工作「{0}」正在等待恢復',
  'The job “{0}” cannot run at the moment. Nothing was sent. It goes on by itself when the cause is gone.':
    '工作「{0}」目前無法執行，未送出任何資料。原因排除後會自動繼續。',
  'Set the clock of the machine on which Lineup runs (NTP).': '請校正執行 Lineup 的主機時鐘（NTP）。',
  'Verify the authorization, or enter new credentials.': '請驗證授權，或輸入新的憑證。',
  'The job “{0}” stopped before it sent anything, because its new list is much smaller than the audience, or nobody knows how large the audience is. The audience at LINE was not changed.':
    '因為新的名單遠小於受眾，或無法得知受眾人數，工作「{0}」已在送出前停止。LINE 上的受眾沒有變更。',
  'The job “{0}” has nothing to send': '工作「{0}」沒有可送出的資料',
  'The job “{0}” stopped before it sent anything, because its new list is empty. The audience at LINE was not changed.':
    '因為新的名單是空的，工作「{0}」已在送出前停止。LINE 上的受眾沒有變更。',
  'Check the source, and run the job again.': '請檢查來源，然後再次執行工作。',
  'The audience of “{0}” is incomplete at LINE': '「{0}」的受眾在 LINE 端不完整',
  'Let the job continue, or run it again. Any run that succeeds makes the audience whole.':
    '請讓工作繼續，或再次執行。只要有一次執行成功，受眾就會恢復完整。',
  'The job “{0}” needs your approval': '工作「{0}」等待確認',
  'Check the source. If the new list is right, run the job anyway on its page. If not, correct the source and run the job again.':
    '請檢查來源。若新的名單正確，請在工作頁面選擇「仍要執行」；否則請修正來源，再次執行工作。',
  'The job “{0}” works again': '工作「{0}」已恢復正常',
  'The job “{0}” succeeded again.': '工作「{0}」再次執行成功。',
  'The job “{0}” is late': '工作「{0}」的執行延遲',
  'The run of “{0}” that was due at {1} has not ended. It is still running, waits for its turn, or will be tried again.':
    '「{0}」預定於 {1} 的執行尚未結束，可能仍在執行、排隊或等待重試。',
  'LINE matched nobody for “{0}”': 'LINE 未配對到「{0}」的任何成員',
  'LINE accepted the members of “{0}”, but matched none of them to its users.':
    'LINE 已接收「{0}」的成員，但沒有配對到任何 LINE 用戶。',
  'The authorization “{0}” does not work any more': '授權「{0}」已失效',
  'Lineup cannot use “{0}”. Jobs that need it cannot run.': '無法使用授權「{0}」，使用此授權的工作無法執行。',
  'Put the cause right, then open the authorization and verify it.': '請排除原因後，開啟該授權並重新驗證。',
  'The job “{0}” succeeded': '工作「{0}」執行成功',
  'The job “{0}” succeeded.': '工作「{0}」執行成功。',
  'The job “{0}” succeeded. Its list has {1} members.': '工作「{0}」執行成功，名單共有 {1} 位成員。',
  'Lineup could not send it ({0}).': 'Lineup 無法傳送（{0}）。',
  'It answered with HTTP {0}.': '對方回應 HTTP {0}。',
  'The mail server answered with {0} ({1}).': '郵件伺服器回應 {0}（{1}）。',
  'It took too long to answer.': '回應逾時。',
  'It could not be reached or talked to ({0}).': '無法連線或通訊失敗（{0}）。',
  'Files need no authorization.': '檔案不需要授權。',
  'Lytics accepts the token, and shows one audience.': 'Lytics 接受此權杖，可讀取 1 個受眾。',
  'Lytics accepts the token, and shows {0} audiences.': 'Lytics 接受此權杖，可讀取 {0} 個受眾。',
  'PostgreSQL {0}: one table or view can be read in {1}.':
    'PostgreSQL {0}：{1} 中有 1 個可讀取的資料表或檢視表。',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}：{2} 中有 {1} 個可讀取的資料表與檢視表。',
  'This user may only read.': '此使用者只能讀取。',
  'A user that may only read is safer: the manual has the SQL for one.':
    '建議改用只能讀取的使用者，較為安全。手冊中有建立這種使用者的 SQL。',
  'This user is a superuser: a query could do anything at the server, also outside of its READ ONLY transaction.':
    '此使用者是超級使用者：查詢可在伺服器上執行任何操作，包括 READ ONLY 交易以外的操作。',
  'This user has the attributes {0}.': '此使用者具有屬性 {0}。',
  'This user is a member of {0}.': '此使用者是 {0} 的成員。',
  'This user may change the table {0}.': '此使用者可以變更資料表 {0}。',
  'This user may change {0} tables, for example {1}.': '此使用者可以變更 {0} 個資料表，例如 {1}。',
  'This user may create schemas in this database.': '此使用者可以在此資料庫中建立結構描述（schema）。',
  'This user may create tables and functions in {0}.': '此使用者可以在 {0} 中建立資料表與函式。',
  'This user may call dblink, which opens connections outside of the READ ONLY transaction.':
    '此使用者可以呼叫 dblink，在 READ ONLY 交易以外開啟連線。',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    '下列工作正在使用此授權：{0}。請先刪除這些工作，或改用其他授權。',
  'This idempotency key was used for another request: send a new one.':
    '此冪等金鑰已用於其他要求，請使用新的金鑰。',
  'The first request with this idempotency key is still being worked on.':
    '使用此冪等金鑰的第一個要求仍在處理中。',
  'There is no such authorization: it may have been deleted just now.': '找不到此授權，可能剛被刪除。',
  'Another worker has taken this over.': '已由另一個工作程序接手。',
  'Another worker has taken this run over.': '此次執行已由另一個工作程序接手。',
  'There is no API token "{0}".': '沒有 API 權杖「{0}」。',
  'There is no authorization "{0}".': '沒有授權「{0}」。',
  'There is no job "{0}".': '沒有工作「{0}」。',
  'There is no notification channel "{0}".': '沒有通知管道「{0}」。',
  'There is no run "{0}".': '沒有執行「{0}」。',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    '其他人已先變更此內容。請重新檢視後再儲存。',
  'The run {0} was begun before.': '執行 {0} 先前已開始。',
  'The run {0} has not begun.': '執行 {0} 尚未開始。',
  'The run {0} is going on in another worker.': '執行 {0} 正由另一個工作程序進行。',
  'The run {0} was stopped before its worker began.': '執行 {0} 在工作程序開始前已停止。',
  'The database cannot be reached at the moment. Try again in a while.': '目前無法連線至資料庫，請稍後再試。',
  'The disk of the database is full. Free some space there.': '資料庫的磁碟已滿，請釋出空間。',
  'The database did not give or take the key of the run’s staged chunks.':
    '無法在資料庫讀取或寫入此次執行所備妥分批檔案的金鑰。',
  'The database did not take an entry of the run’s journal.': '資料庫未能寫入執行過程的一筆記錄。',
  'There is no file {0} that may be exported.': '沒有可匯出的檔案 {0}。',
  '{0} is not read: it is not called as files of members are ({1}). Rename it, or give a copy.':
    '不會讀取 {0}：檔名不符合成員檔案的命名方式（{1}）。請重新命名，或提供一份副本。',
  '{0} is not the file any more that was looked for: something else has taken its place. Try again.':
    '{0} 已不是原本要找的檔案，已被其他項目取代。請再試一次。',
  '{0} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself ({1}, the data directory, the uploads).':
    '無法將 {0} 開放匯出：它是系統或 Lineup 本身的資料夾（{1}、資料目錄、上傳檔案），或位於其中。',
  '{0} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.':
    '{0} 含有許多與匯出無關的內容：能編輯工作的人可讀取其中所有表格檔案。請改為開放只存放匯出檔案的資料夾。',
  '{0} contains {1}, which is Lineup’s own. That stays closed.': '{0} 包含 Lineup 本身的 {1}，該處不會開放。',
  'of this run': '（此次執行）',
  'the PostgreSQL database': 'PostgreSQL 資料庫',
  'The PostgreSQL database': 'PostgreSQL 資料庫',
  'This host': '此主機',
  'This place': '此位置',
  'its origin': '其 API 位址',
  'the data directory': '資料目錄',
  'the uploads directory': '上傳目錄',
  'another one': '另一個',
  'another place': '另一個位置',
  'the URLs that an administrator has chosen': '管理員所選的網址',
  'those that an administrator has chosen': '管理員所選的資料夾',
  'No folder is open to exports: an administrator can change that in the settings.':
    '尚未開放任何可匯出的資料夾。管理員可在設定中變更。',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    '僅開放匯出下列資料夾：{0}。管理員可在設定中變更。',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    '沒有可匯出的檔案 {0}。請以絕對路徑指定，或從清單中選擇。',
  '{0} names more than {1} files.': '符合 {0} 的檔案超過 {1} 個。',
  '{0} stands for more than {1} patterns. Write * in place of so many alternatives in braces.':
    '{0} 會展開成超過 {1} 個樣式。請改用 *，不要在大括號中列出這麼多選項。',
  '{0} leads through more than {1} folders. Name a folder that is nearer to the files.':
    '{0} 會經過超過 {1} 層資料夾。請指定更接近檔案的資料夾。',
  'Too many files and folders would have to be looked at for {0}. Name a folder that is nearer to the files.':
    '為了找出 {0}，需要查看的檔案和資料夾過多。請指定更接近檔案的資料夾。',
  'No audience can be read from "{0}".': '無法從「{0}」讀取受眾。',
  'The source of this run cannot be opened again.': '無法再次開啟此次執行的來源。',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    '來源中沒有成員，因此未送出任何資料，LINE 上的受眾維持原狀。',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    '「{1}」的 {0} 個值均無法使用，因此未送出任何資料，LINE 上的受眾維持原狀。',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    '請檢查來源與欄位，並確認欄位內容符合識別碼類型；空的結果絕不會送出。',
  'The audience would shrink from {0} to {1}, by {2}: more than the {3} allowed, so nothing was sent.':
    '受眾將從 {0}減少為 {1} 位成員，減幅 {2} 超過允許的 {3}，因此未送出任何資料。',
  '{0} members (run {1}, {2})': '{0} 位成員（{2} 的執行 {1}）',
  'about {0} members (LINE’s upload jobs)': '約 {0} 位成員（LINE 的上傳工作）',
  'at least {0} members (LINE’s estimate)': '至少 {0} 位成員（LINE 預估）',
  'at most {0} members (LINE’s estimate)': '最多 {0} 位成員（LINE 預估）',
  'Nothing tells how many members the audience holds, so nothing was sent: replacing them with {0} could take many away.':
    '無法得知此受眾目前有多少成員，因此未送出任何資料：若以 {0} 位成員取代，可能會失去許多成員。',
  'Lineup has not replaced it before, LINE lists no upload with a count, and LINE gives no estimate.':
    'Lineup 先前未曾取代過此受眾，LINE 沒有列出含人數的上傳，也沒有提供預估人數。',
  'Members travel encrypted: enter https://, or first list {0} under “Hosts inside your network”.':
    '成員資料須加密傳輸：請輸入 https://，或先將 {0} 列入「內部網路的主機」。',
  'Members travel encrypted: {0} can be read by http:// only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '成員資料須加密傳輸：管理員須先在設定的「內部網路的主機」中列出 {0}，才能以 http:// 讀取。',
  'Enter a host, an address or a network, with a port or without, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.':
    '請輸入主機、位址或網段，可加連接埠，例如 db.corp.example:5432、10.0.0.7 或 10.0.0.0/8；或輸入 Unix 通訊端的絕對路徑。',
  'This URL is of a folder: name a file in it.': '此網址指向資料夾，請指定其中的檔案。',
  '{0} may not be exported.': '{0} 不可匯出。',
  'No URL is open to exports: an administrator can change that in the settings.':
    '尚未開放任何可匯出的網址。管理員可在設定中變更。',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    '僅開放匯出 {0} 底下的內容。管理員可在設定中變更。',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    '伺服器重新導向至 {0}，但該處不在開放匯出的網址底下。管理員可在設定中開放。',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    '請輸入要匯出的成員檔案的完整網址，例如 https://files.example.com/exports/members.csv。',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    '網址中請勿包含使用者名稱與密碼，否則會以明文保存。',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    '請勿包含 ? 或 # 及其後的內容：其中的簽章與權杖會以明文保存，而且會過期。檔案必須有固定的網址。',
  'The path of the URL is not a plain one in UTF-8.': '網址的路徑不是一般的 UTF-8 路徑。',
  'Give the file’s name.': '請提供檔案名稱。',
  'Give the file’s name alone, without a path.': '請只提供檔案名稱，不要包含路徑。',
  'The transfer stopped.': '資料傳輸已中斷。',
  'Send the file as the body, with Content-Type: {0}.':
    '請將檔案內容作為要求的主體傳送，並使用 Content-Type: {0}。',
  'There is no upload "{0}".': '沒有上傳的檔案「{0}」。',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    '下列工作正在使用此檔案：{0}。請先讓這些工作改用其他檔案，或將其刪除。',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    '上傳的檔案與原本寫入的內容不同：磁碟上的內容遭到變更或截斷。請重新上傳。',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    '這台主機上沒有上傳的檔案：服務的所有程序都必須使用同一個上傳目錄，此處為 {0}（LINEUP_UPLOADS_DIR）。',
  'The uploaded file cannot be read in {0}.': '無法在 {0} 讀取上傳的檔案。',
  'The upload broke off: nothing of it is kept.': '上傳中斷，未保留任何內容。',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    '檔案超過此服務可接受的 {0}。請壓縮檔案（gzip 或 Zstandard），或洽詢管理員：LINEUP_UPLOAD_MAX_MB，或伺服器上開放匯出的資料夾。',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    '此服務的磁碟沒有足夠空間存放檔案：可用空間為 {0}。請刪除不再需要的上傳檔案，或洽詢管理員。',
  'The format of the file cannot be told. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    '無法判斷檔案格式。Lineup 可讀取 CSV、TSV、Excel 活頁簿（.xlsx）、NDJSON（.ndjson、.jsonl）、Parquet，以及每行一個值的檔案（.txt）；除 Parquet 外也支援 .gz 與 .zst。',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    '工作「{0}」會持續更新，每次執行都會重新讀取此檔案，因此必須保留檔案。',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    '上傳的檔案（{0}）已不存在：可能已在執行後自動刪除、遭手動刪除，或是上傳到其他安裝環境。請重新上傳，並在工作中選擇該檔案。',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    '持續更新的工作每次執行都會重新讀取檔案，但此檔案會在首次執行後刪除。請選擇保留檔案。',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    '此工作使用的上傳檔案已不存在。請重新上傳，並在工作中選擇該檔案。',
  'Ad account {0} has no custom audience {1}.': '廣告帳號 {0} 沒有自訂受眾 {1}。',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    '自訂受眾 {0}（{1}）的類型為 {2}，但此識別碼類型需要 {3}，而受眾的類型無法變更。請選擇其他受眾，或建立新的受眾。',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINE 上已有自訂受眾「{0}」（ID：{1}）。請使用該受眾，或改用其他名稱。',
  'LINE answers.': 'LINE 有回應。',
  'LINE accepts the access key and the secret key.': 'LINE 接受存取金鑰與密鑰。',
  'Ad account {0} is authorised.': '廣告帳號 {0} 已獲授權。',
  'The role of the key may upload audiences.': '此金鑰的角色可以上傳受眾。',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    '此金鑰的角色無法上傳：須由 LINE 授予「Data Provider (General)」角色。',
  'Custom audience {0} "{1}" is there: {2}, {3}.': '已找到自訂受眾 {0}「{1}」：{2}，{3}。',
  'Not known, because of the failure above.': '因上述問題而無法得知。',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    '這台主機的時鐘比 LINE 慢 {0} 分鐘，相差 15 分鐘以上時 LINE 會拒絕要求。請校正時鐘（NTP）。',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    '這台主機的時鐘比 LINE 快 {0} 分鐘，相差 15 分鐘以上時 LINE 會拒絕要求。請校正時鐘（NTP）。',
  'The clock agrees with LINE’s.': '時鐘與 LINE 一致。',
  'The clock is {0} s behind LINE’s, which is near enough.': '時鐘比 LINE 慢 {0} 秒，在容許範圍內。',
  'The clock is {0} s ahead of LINE’s, which is near enough.': '時鐘比 LINE 快 {0} 秒，在容許範圍內。',
  'LINE could not be reached: {0} ({1}).': '無法連線至 LINE：{0}（{1}）。',
  'The connection to LINE broke: {0} ({1}).': '與 LINE 的連線中斷：{0}（{1}）。',
  'LINE did not answer in time.': 'LINE 未在時限內回應。',
  'LINE answered {0}, but its answer cannot be read.': 'LINE 回應 {0}，但無法讀取其內容。',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    '備妥的分批檔案已無法讀取，或在傳送期間遭到變更。',
  'The request to LINE was stopped.': '對 LINE 的要求已停止。',
  'LINE answered {0}.': 'LINE 回應 {0}。',
  'LINE answered {0} {1}.': 'LINE 回應 {0} {1}。',
  'The access key, the secret key or the clock is wrong.': '存取金鑰、密鑰或時鐘不正確。',
  'The access key may not use this operation or this ad account.': '此存取金鑰無權使用此操作或此廣告帳號。',
  'Try again in a minute.': '請一分鐘後再試。',
  'LINE is working on this audience: try again in some minutes.': 'LINE 正在處理此受眾，請數分鐘後再試。',
  'LINE has a fault: try again in some minutes.': 'LINE 發生異常，請數分鐘後再試。',
  'Run {0} was a dry run: there is nothing to go on with.': '執行 {0} 是試執行，沒有可繼續的內容。',
  'Run {0} has succeeded: there is nothing to go on with.': '執行 {0} 已成功，沒有可繼續的內容。',
  'Run {0} cannot go on: run {1} has written to audience {2} since, and the older chunks would spoil the newer membership. Run the export again.':
    '執行 {0} 無法繼續：之後執行 {1} 已寫入受眾 {2}，較舊的分批檔案會破壞較新的成員資料。請重新執行匯出。',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    '執行 {0} 在讀完來源前已結束，且無法再次讀取 {1}。請重新執行匯出。',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    '此次執行備妥的分批檔案已不存在，且無法再次讀取來源。請重新執行匯出。',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    '此次執行備妥的分批檔案已不存在，且來源之後已變更，因此無法從中斷處繼續。請重新執行匯出：取代會使受眾恢復完整。',
  'The staged chunks of this run are gone, and a new scan gives other ones: the source has changed since, or version {0} of the identifier rules, which is used now, reads it in another way than version {1} did. Run the export again: a replace makes the audience whole.':
    '此次執行備妥的分批檔案已不存在，重新讀取的結果也不同：來源之後已變更，或目前使用的識別碼規則第 {0} 版與先前的第 {1} 版讀取方式不同。請重新執行匯出：取代會使受眾恢復完整。',
  'Interrupted: nothing was sent to LINE.': '已中斷：未向 LINE 送出任何資料。',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    '已中斷：{1} 個分批檔案中有 {0} 個已在 LINE 處理完成。在您繼續之前，受眾並不完整。',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    '{0} 已沒有空間存放備妥的分批檔案；此次執行的分批檔案已移除。請釋出空間（每位成員 65 位元組）後重新執行。',
  'The staged chunks could not be written to {0} ({1}).': '無法將備妥的分批檔案寫入 {0}（{1}）。',
  'The staging worker was stopped.': '準備分批檔案的工作程序已被停止。',
  'The staging worker failed.': '準備分批檔案的工作程序發生錯誤。',
  'The staging worker stopped.': '準備分批檔案的工作程序已停止。',
  'Staging was interrupted.': '準備分批檔案時中斷。',
  'The lines that were staged before did not come out the same.': '先前備妥的資料無法得到相同的結果。',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    '每個分批檔案至少須能容納一筆 {0} 位元組的資料，而非 {1} 筆與 {2} 位元組。',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    '來源的成員數超過單次執行的上限（約 3 億 5,000 萬）。請分割來源，再逐一附加。',
  'The source gave a value without saying whose it is.': '來源提供的值未註明屬於哪位成員。',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    '預設國家／地區 {0} 沒有電話號碼。請輸入兩個字母的代碼，例如 JP、TW 或 TH。',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    '備妥的分批檔案 {0} 已無法讀取，因此未送出。請重新執行匯出。',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    '備妥的分批檔案 {0} 與此次執行寫入的內容不同，因此未送出。請重新執行匯出。',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINE 已接收第 {0} 個分批檔案（共 {1} 個），但其處理工作在 {3} 分鐘後仍未結束（{2}）。請稍後繼續：屆時執行會等待同一個處理工作。',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINE 仍在處理受眾 {0} 的另一次上傳（{1}，{2}），因此未送出任何資料。請稍後繼續。',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    'LINE 處理第 {0} 個分批檔案（共 {1} 個）的上傳工作失敗：{2}。',
  'LINE’s upload job for chunk {0} of {1} failed.': 'LINE 處理第 {0} 個分批檔案（共 {1} 個）的上傳工作失敗。',
  'The audience holds chunks 1 to {0} of {1} for now.': '目前受眾只包含 {1} 個分批檔案中的第 1 至 {0} 個。',
  'Continue the run to send the chunk again. If it fails again, ask LINE with the ID of the job.':
    '請繼續執行，以重新送出該分批檔案；若再次失敗，請提供工作 ID 向 LINE 詢問。',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    '{0} 個電話號碼以 0 開頭，缺少國碼，LINE 幾乎無法配對。',
  '{0} values look like numbers that a spreadsheet has damaged: {1} ended in .0 and were repaired, {2} have an exponent such as E+11, so their last digits are lost and they were skipped.':
    '有 {0} 個值看起來是因試算表軟體而損壞的號碼：{1} 個以 .0 結尾，已修復；{2} 個含有 E+11 之類的指數，末尾數字已遺失，因此略過。',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    '此欄位混有 {0} 個已雜湊的值與 {1} 個未雜湊的值。已雜湊的值會原樣送出，請確認雜湊前已完成正規化。',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    '{0} 個雜湊值為大寫，會原樣送出；LINE 的範例為小寫。若沒有配對到任何人，請改為小寫。',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    '{0} 個行動廣告 ID 以雜湊值送出；LINE 的文件以原始值說明。',
  'LINE finished with the remark {0} (chunks: {1}).': 'LINE 已完成，並附有備註 {0}（分批檔案：{1}）。',
  'LINE processed {0} of the {1} records (chunks: {2}).': 'LINE 處理了 {1} 筆中的 {0} 筆（分批檔案：{2}）。',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINE 顯示此受眾的狀態為 {0}，預估人數為 {1}：目前尚未配對到任何人。',
  'Hashed advertising ids may be the cause: try raw ones.': '可能是因為廣告 ID 已雜湊：請改試原始值。',
  'Check that the field holds what the identifier type says.': '請確認欄位內容符合識別碼類型。',
  'LINE does not accept this access key and secret key together. Check both.':
    'LINE 不接受這組存取金鑰與密鑰。請檢查兩者是否正確。',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    '此存取金鑰的角色沒有此操作的權限；上傳需要「Data Provider (General)」角色。',
  'The ad account has not been linked to your group.': '此廣告帳號尚未連結至您的群組。',
  'Check the ad account id.': '請檢查廣告帳號 ID。',
  'Check the group id.': '請檢查群組 ID。',
  'The ad account has no such custom audience.': '此廣告帳號沒有該自訂受眾。',
  'The name is too long; LINE takes 120 characters.': '名稱過長；LINE 上限為 120 個字元。',
  'A custom audience of this name exists already; use its id.': '已有同名的自訂受眾，請使用該受眾的 ID。',
  'The ad account holds as many custom audiences as LINE allows.': '此廣告帳號的自訂受眾數已達 LINE 上限。',
  'An ad group still targets it.': '仍有廣告群組使用此受眾作為投放對象。',
  'A lookalike audience is still made from it.': '仍有類似受眾以此受眾為來源。',
  'The source audience matches too few people.': '來源受眾配對成功的人數過少。',
  'The lines of the file are not in the form of its identifier type.': '檔案各行的格式不符合識別碼類型。',
  'The file has too many lines; send it in smaller parts.': '檔案行數過多，請分成較小的檔案送出。',
  'The file is empty.': '檔案是空的。',
  'The file is too large; LINE takes 60 MiB.': '檔案過大；LINE 上限為 60 MiB。',
  'LINE is processing this audience; try again later.': 'LINE 正在處理此受眾，請稍後再試。',
  'the connection was refused': '連線遭到拒絕',
  'the host name is unknown': '找不到主機名稱',
  'the host name could not be looked up': '無法解析主機名稱',
  'there is no route to the host': '沒有通往主機的路由',
  'there is no network': '沒有網路連線',
  'the host did not take the connection in time': '主機未在時限內接受連線',
  'the connection was reset': '連線被重設',
  'the connection was closed while sending': '傳送時連線被關閉',
  'the connection was closed before the answer': '在回應前連線被關閉',
  'no answer came in time': '未在時限內收到回應',
  'the answer stopped half-way': '回應中途停止',
  'fetch does not allow this port': '不允許使用此連接埠',
  'its certificate is not trusted': '其 TLS 憑證不受信任',
  'the connection failed': '連線失敗',
  'It was tried {0} times.': '已嘗試 {0} 次。',
  'The scan was stopped.': '讀取已停止。',
  '{0} is cut off: the {1} data ends too early. Copy or download the file again.':
    '{0} 不完整：{1} 資料提前結束。請重新複製或下載檔案。',
  '{0} is damaged: it does not decompress as {1}. Copy or download the file again.':
    '{0} 已損壞：無法以 {1} 解壓縮。請重新複製或下載檔案。',
  '{0} has no header: its first row does not end, or a quote in it is never closed.':
    '{0} 沒有標題列：第一列未結束，或其中的引號未關閉。',
  '{0} has several columns named "{1}": which one is meant cannot be told. Rename one.':
    '{0} 有多個名為「{1}」的欄位，無法判斷要使用哪一個。請重新命名其中一個。',
  '{0} needs more memory than Lineup gives to reading. Write it with smaller row groups (100,000 rows), or as CSV.':
    '讀取 {0} 所需的記憶體超過上限。請以較小的資料列群組（100,000 列）寫出，或改用 CSV。',
  '{0} holds text that is not valid UTF-8.': '{0} 含有無效的 UTF-8 文字。',
  '{0} is compressed as {1}, which cannot be read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.':
    '{0} 以 {1} 壓縮，Parquet 中無法讀取此格式。請改用 Zstandard、Snappy、gzip 或 LZ4_RAW 寫出。',
  '{0}: the field is written in the encoding {1}, which cannot be read for its type. Write the file without that encoding, or the field as text.':
    '{0}：欄位以編碼 {1} 寫入，此類型無法讀取。請不要使用該編碼寫出檔案，或將欄位寫成文字。',
  '{0} cannot be read as Parquet: it is damaged, cut off, or of another format.':
    '無法將 {0} 讀取為 Parquet：檔案已損壞、不完整，或為其他格式。',
  'Encoding "{0}" is not known. Common ones are utf-8, {1}.': '未知的編碼「{0}」。常用的有 utf-8、{1}。',
  'in its header': '標題列',
  'at row {0}': '第 {0} 列',
  '{0} is not valid UTF-8 ({1}).': '{0} 不是有效的 UTF-8（{1}）。',
  '{0} looks like {1}, but not all of it fits that encoding ({2}).':
    '{0} 看起來是 {1}，但有部分內容不符合該編碼（{2}）。',
  'Choose its encoding, or save the file as UTF-8.': '請選擇其字元編碼，或將檔案存為 UTF-8。',
  'The first row of {0} looks like a member, not like the names of columns. Choose that it has no header, or write names above it.':
    '{0} 的第一列看起來是成員資料，而不是欄位名稱。請選擇「無標題列」，或在其上方加入欄位名稱。',
  'File options are for files only.': '檔案選項僅適用於檔案。',
  '{0} does not fit the encoding {1} ({2}).': '{0} 不符合編碼 {1}（{2}）。',
  'Format "{0}" is not known: it is one of {1}.': '未知的格式「{0}」：可用的有 {1}。',
  '{0} looks like a JSON array: write one object a line.': '{0} 看起來是 JSON 陣列：請每行寫一個物件。',
  '{0} looks like XML or HTML.': '{0} 看起來是 XML 或 HTML。',
  'The format of {0} cannot be told by its name or content.': '無法從名稱或內容判斷 {0} 的格式。',
  '{0} is not a text file but {1}.': '{0} 不是文字檔案（{1}）。',
  '{0} holds too many zero bytes for text in UTF-8: it may be UTF-16.':
    '{0} 含有過多零位元組，不像 UTF-8 文字：可能是 UTF-16。',
  '{0} is not a text file: it holds binary data.': '{0} 不是文字檔案：內含二進位資料。',
  '{0}: {1}// is not supported. Use https://, s3://, a path, or - for standard input.':
    '{0}：不支援 {1}//。請使用 https://、s3://、路徑，或以 - 表示標準輸入。',
  '{0} does not exist (HTTP {1}).': '{0} 不存在（HTTP {1}）。',
  '{0} may not be read: the server refuses it (HTTP {1}).': '無法讀取 {0}：伺服器拒絕（HTTP {1}）。',
  '{0} could not be fetched: the server answered HTTP {1}.': '無法取得 {0}：伺服器回應 HTTP {1}。',
  '{0}: the server stayed silent for too long.': '{0}：伺服器長時間沒有回應。',
  '{0} could not be fetched: {1} ({2}).': '無法取得 {0}：{1}（{2}）。',
  "{0} could not be fetched: the certificate of {1} is not trusted ({2}). Renew it, or name its authority's certificate in NODE_EXTRA_CA_CERTS.":
    '無法取得 {0}：{1} 的 TLS 憑證不受信任（{2}）。請更新憑證，或在 NODE_EXTRA_CA_CERTS 指定其憑證授權單位的憑證。',
  'no encrypted connection to {0} comes about': '無法與 {0} 建立加密連線',
  'there is no host {0}': '找不到主機 {0}',
  'the name server does not tell where {0} is': '名稱伺服器無法提供 {0} 的位址',
  'nothing answers at {0}': '{0} 沒有回應',
  'the connection did not come about, or broke before the end of the file':
    '無法建立連線，或在檔案結束前中斷',
  '{0}: the connection broke before the end of the file.': '{0}：連線在檔案結束前中斷。',
  '{0} sends on from one place to the next without end.': '{0} 不斷重新導向，沒有終點。',
  '{0} sends on to something that is no URL.': '{0} 重新導向的目標不是網址。',
  '{0}: the server gave a part of the file instead of the whole.': '{0}：伺服器只提供了部分檔案。',
  '{0} arrives encoded ({1}): have the server send it as it is, or as gzip.':
    '{0} 以 {1} 編碼傳送：請讓伺服器以原樣或 gzip 傳送。',
  '{0}: the server does not tell how long the file is, so a broken connection would look like its end. Have it send Content-Length.':
    '{0}：伺服器未提供檔案長度，無法分辨連線中斷與檔案結束。請讓伺服器傳送 Content-Length。',
  '{0} was changed while it was read. Start again.': '{0} 在讀取時遭到變更。請重新開始。',
  '{0} cannot be read: Lineup’s user has no permission to read it.':
    '無法讀取 {0}：Lineup 的使用者沒有讀取權限。',
  '{0} cannot be read: the system answered {1}.': '無法讀取 {0}：系統回應 {1}。',
  'Did you mean {0}?': '您是指 {0} 嗎？',
  '{0} is not NDJSON: its first line is no JSON object.': '{0} 不是 NDJSON：第一行不是 JSON 物件。',
  'Opening the source was stopped.': '已停止開啟來源。',
  '{0} is empty: there is nothing in it.': '{0} 是空的，沒有任何內容。',
  'Parquet cannot be read from a stream: its directory is at its end. Save it to a file first.':
    '無法從串流讀取 Parquet，因為其目錄位於結尾。請先存成檔案。',
  '{0} is damaged or cut off: it cannot be read as an Excel workbook. Copy or download the file again, or open it in Excel and save it again.':
    '{0} 已損壞或不完整，無法讀取為 Excel 活頁簿。請重新複製或下載檔案，或用 Excel 開啟後再儲存一次。',
  '{0} is too large for a workbook: a sheet, or the texts of all sheets, unpack to more than {1} MB. Save the sheet as CSV UTF-8.':
    '{0} 作為活頁簿過大：某個工作表或所有工作表的文字解壓縮後超過 {1} MB。請將工作表另存為「CSV UTF-8」。',
  '{0} is a workbook of more than {1} MB: one that comes from a stream, a URL or a compressed file is read into memory. Save it to a file first, or give CSV.':
    '{0} 是超過 {1} MB 的活頁簿：來自串流、網址或壓縮檔的活頁簿會讀入記憶體。請先存成檔案，或改用 CSV。',
  '{0} has more rows, columns or characters in a cell than Excel allows. Save the sheet as CSV UTF-8.':
    '{0} 的列數、欄位數或儲存格字數超過 Excel 的上限。請將工作表另存為「CSV UTF-8」。',
  '{0} has no sheet with cells.': '{0} 沒有含儲存格的工作表。',
  '{0} has no sheet "{1}". It has {2}.': '{0} 沒有工作表「{1}」，現有：{2}。',
  '{0} is not an Excel workbook (.xlsx), so it has no sheet "{1}".':
    '{0} 不是 Excel 活頁簿（.xlsx），因此沒有工作表「{1}」。',
  '{0} is not an Excel workbook (.xlsx).': '{0} 不是 Excel 活頁簿（.xlsx）。',
  '{0} is an Excel workbook, and the format given is {1}: leave it out.':
    '{0} 是 Excel 活頁簿，但指定的格式為 {1}：請不要指定格式。',
  '{0} is not a Parquet file.': '{0} 不是 Parquet 檔案。',
  '{0}: of s3:// only Parquet can be read.': '{0}：s3:// 只能讀取 Parquet。',
  '{0} matches files of different formats: {1} and {2}. Name one kind.':
    '{0} 符合不同格式的檔案：{1} 與 {2}。請只指定一種。',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them.':
    '{1} 的欄位「{0}」類型為 {2}，但欄位值必須是文字或數字，或由其組成的清單。',
  '{0} is Parquet, which is read in shared memory so that nothing of it gets onto a disk, and this machine has none ({1}). Give CSV or NDJSON instead.':
    '{0} 是 Parquet。為避免內容寫入磁碟，須在共用記憶體中讀取，但這台主機沒有共用記憶體（{1}）。請改用 CSV 或 NDJSON。',
  '{0} is no Parquet file, or is cut off.': '{0} 不是 Parquet 檔案，或不完整。',
  '{0} is Parquet, and a part of {1} MB finds no room in shared memory ({2}). Give this machine more (of a container: its shm_size), or give CSV.':
    '{0} 是 Parquet，共用記憶體無法容納其中 {1} MB 的部分（{2}）。請增加這台主機的共用記憶體（容器請調整 shm_size），或改用 CSV。',
  '{0}, row {1}': '{0} 第 {1} 列',
  '{0}: the number of fields is {1}, where the header has {2}. A shifted row would send wrong values: correct it, or quote values that hold the delimiter.':
    '{0}：欄位數為 {1}，但標題列有 {2} 個。欄位錯位會送出錯誤的值：請修正該列，或將含有分隔符號的值加上引號。',
  '{0}: text follows a closing quote. Quotes inside a quoted value must be doubled.':
    '{0}：結尾引號後仍有文字。引號內的引號必須重複兩次。',
  '{0}: a quoted value begins that is never closed.': '{0}：有一個值的引號未關閉。',
  '{0}: the row is longer than 64 MiB. Is a quote never closed?':
    '{0}：該列長度超過 64 MiB。是否有引號未關閉？',
  '{0}: the line is not a JSON object. NDJSON has one whole object on each line.':
    '{0}：該行不是 JSON 物件。NDJSON 每行須為一個完整物件。',
  '{0}: the field holds an object or a list of lists. Its values must be texts or numbers, or a list of them.':
    '{0}：該欄位的值是物件或巢狀清單。欄位值必須是文字或數字，或由其組成的清單。',
  '{0} was read already, and cannot be read again.': '{0} 已讀取過，無法再次讀取。',
  '{0} has no field "{1}". It has {2}.': '{0} 沒有欄位「{1}」。現有欄位：{2}。',
  'Did you mean "{0}"?': '您是指「{0}」嗎？',
  '{0} seems to have no header, for its first row looks like a member. That row is counted, and the columns are called by their place: column 1, column 2, … Choose one of these, or write names above the first row.':
    '{0} 的第一列看起來是成員資料，似乎沒有標題列。這一列會計入，各欄位依位置稱為 column 1、column 2、…。請選擇其中一個，或在第一列上方加上欄位名稱。',
  '{0} has fields whose names look like members, or are longer than a name is. They are left out.':
    '{0} 有些欄位的名稱看起來像成員資料，或過長，因此未列出。',
  '{0} has {1} columns, and Lineup reads files of at most {2}. Is it of another format, or has it another delimiter?':
    '{0} 有 {1} 個欄位，而 Lineup 最多讀取 {2} 個。檔案格式或分隔符號是否有誤？',
  'The source did not answer within {0} seconds.': '來源未在 {0} 秒內回應。',
  'The source describes itself with more than {0} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.':
    '來源的欄位等說明超過 {0} MB，Lineup 無法處理。請減少欄位或縮短名稱。',
  'The service is reading as many sources as it can. Try again in a minute.':
    '服務同時讀取的來源數已達上限，請一分鐘後再試。',
  'Reading the source was stopped.': '已停止讀取來源。',
  'The service is stopping.': '服務正在停止。',
  'The process that would read the source could not be started. Try again in a while.':
    '無法啟動讀取來源的程序，請稍後再試。',
  'Nothing of the file was kept. Check what is in it before you upload it again.':
    '檔案並未保留。請先檢查檔案內容，再重新上傳。',
  'This source is in quarantine since {0}.': '此來源自 {0} 起處於隔離狀態。',
  'Reading it took more memory than one reader may have.': '讀取此來源所需的記憶體超過單一讀取程序的上限。',
  'Reading it kept the reader busy without end.': '讀取程序一直無法完成。',
  'The system ended the reader ({0}), probably because it had too little memory left.':
    '系統結束了讀取程序（{0}），可能是因為記憶體不足。',
  'Reading it met an error that Lineup did not expect ({0}).': '讀取時發生 Lineup 未預期的錯誤（{0}）。',
  'Reading it made the reader crash ({0}).': '讀取程序異常終止（{0}）。',
  'Lineup does not connect to this source by itself any more. Check the server, then verify the authorization to try again.':
    'Lineup 不會再自動連線至此來源。請檢查伺服器，再驗證授權以重新嘗試。',
  'Lineup does not read this source by itself any more. Check what is in it, then preview it or run its job to try again.':
    'Lineup 不會再自動讀取此來源。請檢查其內容，再預覽此來源或執行其工作以重新嘗試。',
  'Lytics did not answer within {0} seconds.': 'Lytics 未在 {0} 秒內回應。',
  'Lytics answered {0}.': 'Lytics 回應 {0}。',
  'Lytics answered {0}: {1}.': 'Lytics 回應 {0}：{1}。',
  'Lytics answered {0}, but not in JSON.': 'Lytics 回應 {0}，但不是 JSON。',
  'Lytics answered with more than {0} MB, which is not read.': 'Lytics 的回應超過 {0} MB，因此未讀取。',
  'Lytics has a certificate at {0} that is not trusted ({1}).': 'Lytics（{0}）的 TLS 憑證不受信任（{1}）。',
  'Lytics could not be reached at {0}, or the connection broke ({1}).':
    '無法連線至 Lytics（{0}），或連線中斷（{1}）。',
  'The request to Lytics was stopped.': '對 Lytics 的要求已停止。',
  'Lytics answered in a form that Lineup does not understand ({0}). Is the origin that of Lytics?':
    'Lineup 無法解讀 Lytics 的回應（{0}）。請確認 API 位址是否為 Lytics 的位址。',
  'Lytics has no audience "{0}" in the account of this token: it was deleted, or belongs to another account.':
    '此權杖的 Lytics 帳號中沒有受眾「{0}」：可能已刪除，或屬於其他帳號。',
  'Lytics no longer knows where the scan of "{0}" stood. It must begin anew.':
    'Lytics 已無法提供「{0}」的讀取位置，必須從頭重新讀取。',
  'The Lytics API token is empty, or holds a space or a character that no token has: copy it again.':
    'Lytics API 權杖是空的，或含有空格或不屬於權杖的字元，請重新複製。',
  'The Lytics origin is not a usable URL: give one like https://api.lytics.io, without a path.':
    'Lytics 的 API 位址無法使用。請輸入如 https://api.lytics.io 的網址，不含路徑。',
  'Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.':
    'Lytics 不接受此 API 權杖：權杖不正確、已過期或已撤銷。請在授權中輸入新的權杖。',
  'The role of the Lytics API token does not allow to read this ({0}). Give the token a role that may read audiences, fields and profiles.':
    'Lytics API 權杖的角色無權讀取此內容（{0}）。請授予權杖可讀取受眾、欄位與個人檔案的角色。',
  '{0} was tried {1} times.': '{0} 已嘗試 {1} 次。',
  'Try again later.': '請稍後再試。',
  'The Lytics audience "{0}" is one of the table {1}, not of members.':
    'Lytics 受眾「{0}」屬於資料表 {1}，而非成員。',
  'Lytics calls the audience "{0}" invalid ({1}). Correct it in Lytics.':
    'Lytics 將受眾「{0}」視為無效（{1}）。請在 Lytics 中修正。',
  'Lytics gives the same members again and again, and fewer than it counts itself. Try again; if it stays so, tell Lytics.':
    'Lytics 一再傳回相同的成員，且數量少於它自己的統計。請再試一次；若仍如此，請聯絡 Lytics。',
  'Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.':
    'Lytics 每一頁都傳回相同的游標，因此中斷的讀取無法繼續，必須從頭重新讀取。',
  'What was kept of the scan is no place in it. It must begin anew.':
    '先前保存的讀取位置無效，必須從頭重新讀取。',
  'The field "{0}" of Lytics is of type {1}: an identifier is in a field of type string, []string or ts[]string.':
    'Lytics 的欄位「{0}」類型為 {1}，但識別碼須位於 string、[]string 或 ts[]string 類型的欄位。',
  'The field "{0}" holds {1}: its values must be texts or lists of texts.':
    '欄位「{0}」的值為 {1}，但欄位值必須是文字或文字清單。',
  'There is no table or view {0} that this user may read.': '沒有此使用者可讀取的資料表或檢視表 {0}。',
  'it is empty': '內容為空',
  'it holds a NUL character': '含有 NUL 字元',
  'it is longer than {0} characters': '超過 {0} 個字元',
  'line {0}, column {1}: {2}': '第 {0} 行，第 {1} 欄：{2}',
  'line {0}, column {1}, at "{2}": {3}': '第 {0} 行，第 {1} 欄的「{2}」：{3}',
  'this is not possible in a query that only reads': '唯讀查詢中不能這樣寫',
  'there is no such schema': '沒有這個結構描述（schema）',
  'this is a syntax error': '語法錯誤',
  'two columns have this name: write the table’s name before it':
    '有兩個欄位使用此名稱：請在前面加上資料表名稱',
  'there is no such column': '沒有這個欄位',
  'there is no such type or collation': '沒有這個類型或定序',
  'two tables have this name: give one another name with AS':
    '有兩個資料表使用此名稱：請用 AS 為其中一個另取名稱',
  'several functions or operators fit: convert a value with :: or CAST':
    '有多個符合的函式或運算子：請用 :: 或 CAST 轉換其中的值',
  'a column must be in GROUP BY or in an aggregate function': '欄位必須位於 GROUP BY 或彙總函式中',
  'the types do not fit together: convert one of them with :: or CAST':
    '類型不相符：請用 :: 或 CAST 轉換其中一個',
  'there is no conversion between these types': '這些類型之間無法轉換',
  'there is no such function or operator for these types: convert a value with :: or CAST':
    '沒有適用於這些類型的函式或運算子：請用 :: 或 CAST 轉換值',
  'it holds a parameter like $1, and there is no value for it': '含有 $1 之類的參數，但沒有對應的值',
  'the type of a value is not clear: convert it with :: or CAST': '無法判斷值的類型：請用 :: 或 CAST 轉換',
  'a value in quotes does not fit its type': '引號中的值與其類型不符',
  'it is too long or too complex for the server': '對伺服器來說過長或過於複雜',
  'the server does not accept it ({0})': '伺服器不接受（{0}）',
  'what answers there does not speak PostgreSQL’s protocol as it should. Check host and port':
    '該處的回應不符合 PostgreSQL 通訊協定。請檢查主機與連接埠',
  'the server sent more than was asked for': '伺服器傳回的資料超過要求的內容',
  'signing in failed: the server does not do it as it should': '登入失敗：伺服器的登入程序不正確',
  'This query cannot be used: {0}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.':
    '無法使用此查詢：{0}。必須是此連線使用者可執行的單一 SELECT（或 WITH … SELECT）。',
  "a value is not text in the encoding that the database claims. A query can convert it: convert_from(field::bytea, 'SJIS')":
    "有欄位值不符合資料庫宣稱的編碼。可用查詢轉換：convert_from(field::bytea, 'SJIS')",
  'a value holds a character that UTF-8 does not have': '有值含有 UTF-8 沒有的字元',
  'it would change something, and members are only ever read': '它會變更資料，而成員資料僅供讀取',
  'the server refuses this user from here, or without TLS, as its pg_hba.conf says: check the user and sslmode':
    '依 pg_hba.conf，伺服器拒絕此使用者從此處連線，或拒絕未使用 TLS 的連線：請檢查使用者與 sslmode',
  'the server refuses this user or password': '伺服器拒絕此使用者或密碼',
  'there is no database of that name': '沒有該名稱的資料庫',
  'this server is a standby, and cancelled what stood in the way of its updates. Read from the primary, or raise max_standby_streaming_delay':
    '此伺服器為備用伺服器，並取消了妨礙其更新的操作。請從主要伺服器讀取，或調高 max_standby_streaming_delay',
  'this user may not read all of it: GRANT SELECT on the table, and USAGE on its schema':
    '此使用者無法讀取全部內容：請以 GRANT 授予資料表的 SELECT 與其結構描述（schema）的 USAGE 權限',
  'two of its fields have this name: give one another name with AS':
    '有兩個欄位使用此名稱：請用 AS 為其中一個另取名稱',
  'there is no such table or view': '沒有此資料表或檢視表',
  'the server has no connection left': '伺服器已無可用連線',
  'the table is locked, and stayed so for too long': '資料表被鎖定過久',
  'it took longer than is allowed, or somebody cancelled it at the server':
    '超過允許的時間，或在伺服器端被取消',
  'the server was shut down, or its administrator ended the connection': '伺服器已關閉，或管理員中斷了連線',
  'the server crashed': '伺服器當機',
  'the server is starting up or shutting down': '伺服器正在啟動或關閉',
  'its host name cannot be looked up at the moment': '目前無法解析其主機名稱',
  'nothing listens there': '該處沒有服務在接聽',
  'there is no such socket': '沒有該通訊端',
  'its host name is not known': '找不到其主機名稱',
  'its certificate has expired': '其 TLS 憑證已過期',
  'its certificate is for another name. Use that name, or give its authority’s certificate and sslmode=verify-ca':
    '其 TLS 憑證屬於其他名稱。請使用該名稱，或提供憑證授權單位的憑證並設定 sslmode=verify-ca',
  'its certificate is not from an authority that is known here. Give that authority’s certificate, or use sslmode=require, which encrypts without knowing with whom':
    '其 TLS 憑證並非由已知的憑證授權單位核發。請提供該單位的憑證，或使用 sslmode=require（加密，但不驗證對方身分）',
  'the connection was cut': '連線被切斷',
  '{0} cannot be read: {1}.': '無法讀取 {0}：{1}。',
  'the server has trouble ({0})': '伺服器發生問題（{0}）',
  'it speaks no TLS. Turn that on at the server, or use sslmode=disable where the network between is trusted':
    '不支援 TLS。請在伺服器啟用，或在可信任的網路中使用 sslmode=disable',
  'no TLS connection could be agreed on': '無法建立 TLS 連線',
  'the server asks for a password, and the URL has none': '伺服器要求密碼，但網址中沒有',
  'it did not answer in time': '未在時限內回應',
  'the connection failed ({0})': '連線失敗（{0}）',
  'the server reports the error {0} (PostgreSQL’s manual, appendix A)':
    '伺服器回報錯誤 {0}（PostgreSQL 手冊附錄 A）',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them. A query can take one out, e.g. profile->>\'email\'.':
    "{1} 的欄位「{0}」類型為 {2}，但欄位值必須是文字或數字，或由其組成的清單。可用查詢取出其中的值，例如 profile->>'email'。",
  'This is no name of a table: write it like members, crm.members or "CRM"."Members of 2026".':
    '這不是資料表名稱。請寫出成員所在的資料表，例如 members、crm.members 或 "CRM"."Members of 2026"。',
  'Reading PostgreSQL was stopped.': '已停止讀取 PostgreSQL。',
  'This is no PostgreSQL URL: give one like {0}, with % codes for the characters : / ? # [ ] @ % in a password.':
    '這不是 PostgreSQL 網址。請輸入如 {0} 的網址，密碼中的 : / ? # [ ] @ % 請以 % 編碼表示。',
  'The PostgreSQL URL names no user: give one like {0}.':
    'PostgreSQL 網址未指定使用者。請輸入如 {0} 的網址。',
  'The PostgreSQL URL holds a NUL character.': 'PostgreSQL 網址含有 NUL 字元。',
  'The certificate file {0} (sslrootcert) cannot be read.': '無法讀取憑證檔案 {0}（sslrootcert）。',
  'The PostgreSQL URL names a certificate file (sslrootcert): give the certificate itself beside the URL.':
    'PostgreSQL 網址指定了憑證檔案（sslrootcert）：請另外提供憑證內容，不要寫在網址中。',
  'The PostgreSQL URL has the parameter "{0}", which is not known here; those known are {1}.':
    'PostgreSQL 網址含有未知的參數「{0}」；可用的有 {1}。',
  'The {0} of the PostgreSQL URL must be a whole number from 1 to {1}.':
    'PostgreSQL 網址中的 {0} 必須是 1 到 {1} 的整數。',
  'sslmode=verify-ca needs the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.':
    'sslmode=verify-ca 需要憑證授權單位的憑證（任何人都能取得公開授權單位的憑證）。請提供憑證，或使用 sslmode=verify-full。',
  'sslmode={0} is not known here. Use verify-full (encrypted, certificate and name checked; what a URL without sslmode means, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.':
    '未知的 sslmode={0}。請使用 verify-full（加密，並驗證憑證與名稱；網址未指定 sslmode 時即為此模式，除非伺服器就是這台主機）、verify-ca（不驗證名稱）、require（加密，但不驗證）或 disable。',
  'The CA certificate is not in PEM form: it begins with -----BEGIN CERTIFICATE-----, and must be copied whole.':
    'CA 憑證不是 PEM 格式：須以 -----BEGIN CERTIFICATE----- 開頭，並完整複製。',
  'The PostgreSQL URL holds a % that begins no code: write %25 for the character itself.':
    'PostgreSQL 網址中有不成編碼的 %：若要表示該字元，請寫成 %25。',
  'an Excel workbook with a password; save it without one': '設有密碼的 Excel 活頁簿；請移除密碼後另存',
  'an old Excel workbook (.xls); save it as .xlsx': '舊版 Excel 活頁簿（.xls）；請另存為 .xlsx',
  'an old Office file (.xls, .doc), or an Excel workbook with a password; save it as .xlsx without one':
    '舊版 Office 檔案（.xls、.doc）或設有密碼的 Excel 活頁簿；請另存為沒有密碼的 .xlsx',
  'a binary Excel workbook (.xlsb); save it as .xlsx': '二進位 Excel 活頁簿（.xlsb）；請另存為 .xlsx',
  'an OpenDocument spreadsheet; save it as .xlsx': 'OpenDocument 試算表；請另存為 .xlsx',
  'an Apple Numbers spreadsheet; export it as .xlsx': 'Apple Numbers 試算表；請匯出為 .xlsx',
  'a Word or PowerPoint file': 'Word 或 PowerPoint 檔案',
  'a ZIP archive without an Excel workbook; unpack it': 'ZIP 壓縮檔，不是 Excel 活頁簿；請解壓縮',
  'a PDF document': 'PDF 文件',
  'bzip2 data; decompress it first': 'bzip2 資料；請先解壓縮',
  'LZ4 data; decompress it first, or compress it as gzip or Zstandard':
    'LZ4 資料；請先解壓縮，或改用 gzip 或 Zstandard 壓縮',
  'a 7-Zip archive; unpack it': '7-Zip 壓縮檔；請解壓縮',
  'a RAR archive; unpack it': 'RAR 壓縮檔；請解壓縮',
  'xz data; decompress it first': 'xz 資料；請先解壓縮',
  'an SQLite database': 'SQLite 資料庫',
  'an Avro file; convert it to Parquet or NDJSON': 'Avro 檔案；請轉換為 Parquet 或 NDJSON',
  'an ORC file; convert it to Parquet or NDJSON': 'ORC 檔案；請轉換為 Parquet 或 NDJSON',
  '{0} and {1} more': '{0} 等，另有 {1} 個',
  none: '無',
  'objects without a text, or with several': '不含文字或含有多段文字的物件',
  objects: '物件',
  '{0} is Parquet, which is read in parts, and the server does not tell that they are of the same file: have it send ETag and Content-Length, or give CSV or NDJSON.':
    '{0} 是 Parquet，須分段讀取，但伺服器未表明各段屬於同一檔案：請讓伺服器傳送 ETag 與 Content-Length，或改用 CSV 或 NDJSON。',
  '{0}: the server gives the file from its beginning alone, and a part from its middle is needed.':
    '{0}：需要檔案中間的部分，但伺服器只能從頭提供。',
  "{0}: Parquet is read from S3 only where DuckDB's httpfs extension is installed, and it is not. Use a presigned https:// URL, or download the file first.":
    '{0}：從 S3 讀取 Parquet 需要安裝 DuckDB 的 httpfs 擴充功能，目前尚未安裝。請使用預先簽署的 https:// 網址，或先下載檔案。',
  'The request was {0}.': '要求為 {0}。',
};
