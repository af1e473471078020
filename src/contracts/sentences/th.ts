import type { Catalogue } from './index.ts';

export const th: Catalogue = {
  'Enter a label.': 'โปรดป้อนป้ายชื่อ',
  'There is no such provider and method.': 'ไม่มีผู้ให้บริการและวิธีการนี้',
  'Enter the ad account’s id, for example A1.': 'โปรดป้อนรหัสบัญชีโฆษณา เช่น A1',
  'A Custom Audience’s id is a number.': 'รหัสของกลุ่มเป้าหมายที่กำหนดเองต้องเป็นตัวเลข',
  'Enter a name.': 'โปรดป้อนชื่อ',
  'Choose an audience.': 'โปรดเลือกกลุ่มเป้าหมาย',
  'At most four audiences.': 'เลือกกลุ่มเป้าหมายได้ไม่เกินสี่กลุ่ม',
  'Enter a country code like JP.': 'โปรดป้อนรหัสประเทศ เช่น JP',
  'Enter the name of the audience to create, or choose an existing one.':
    'โปรดป้อนชื่อกลุ่มเป้าหมายที่จะสร้าง หรือเลือกกลุ่มที่มีอยู่',
  'An existing audience keeps its name: leave this empty.': 'กลุ่มเป้าหมายที่มีอยู่จะใช้ชื่อเดิม โปรดเว้นช่องนี้ว่าง',
  'Choose the field that holds the advertising ID.': 'โปรดเลือกฟิลด์ที่เก็บรหัสโฆษณา',
  'Choose how often it runs.': 'โปรดเลือกความถี่ในการทำงาน',
  'Choose the day of the week.': 'โปรดเลือกวันในสัปดาห์',
  'Choose the time of day.': 'โปรดเลือกเวลา',
  'Choose the time zone.': 'โปรดเลือกเขตเวลา',
  'A default country is for phone numbers only.': 'ประเทศเริ่มต้นใช้ได้กับหมายเลขโทรศัพท์เท่านั้น',
  'The IFA format is for advertising IDs only.': 'รูปแบบ IFA ใช้ได้กับรหัสโฆษณาเท่านั้น',
  'Choose at least one.': 'โปรดเลือกอย่างน้อยหนึ่งรายการ',
  'Enter a URL like https://hooks.example.com/lineup.': 'โปรดป้อน URL เช่น https://hooks.example.com/lineup',
  'Leave user and password out of the URL.': 'โปรดอย่าใส่ชื่อผู้ใช้และรหัสผ่านใน URL',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    'โปรดป้อนคีย์ในรูปแบบ whsec_… ขนาด 24 ถึง 64 ไบต์แบบ base64 หรือเว้นว่างเพื่อให้ระบบสร้างให้',
  'Enter the mail server.': 'โปรดป้อนเซิร์ฟเวอร์อีเมล',
  'Enter an e-mail address.': 'โปรดป้อนที่อยู่อีเมล',
  'Enter who is to be told.': 'โปรดป้อนผู้รับการแจ้งเตือน',
  'At most 20; for more, use a mailing list.': 'ไม่เกิน 20 รายการ หากมากกว่านี้โปรดใช้รายชื่ออีเมลกลุ่ม',
  'At least 12 characters.': 'อย่างน้อย 12 อักขระ',
  'At most 200 characters.': 'ไม่เกิน 200 อักขระ',
  'Enter the key.': 'โปรดป้อนคีย์',
  'This holds a space or a character that no key has: copy it again.': 'มีช่องว่างหรืออักขระที่ไม่มีในคีย์ โปรดคัดลอกใหม่',
  'Enter a URL like https://api.lytics.io.': 'โปรดป้อน URL เช่น https://api.lytics.io',
  'Enter a URL like postgres://user:password@host:5432/database.':
    'โปรดป้อน URL เช่น postgres://user:password@host:5432/database',
  'Enter a time of day like 09:30.': 'โปรดป้อนเวลา เช่น 09:30',
  'Choose a time zone like Asia/Tokyo.': 'โปรดเลือกเขตเวลา เช่น Asia/Tokyo',
  'Enter an absolute path.': 'โปรดป้อนพาธแบบสัมบูรณ์',
  'Choose a field.': 'โปรดเลือกฟิลด์',
  'Use at most {0} characters.': 'ใช้ได้ไม่เกิน {0} อักขระ',
  'At most {0} are possible.': 'ได้ไม่เกิน {0} รายการ',
  'Enter at most {0}.': 'โปรดป้อนค่าไม่เกิน {0}',
  'Enter at least {0}.': 'โปรดป้อนค่าอย่างน้อย {0}',
  'This is required.': 'จำเป็นต้องระบุ',
  'Use at least {0} characters.': 'ใช้อย่างน้อย {0} อักขระ',
  'There is a key here that nothing is known of.': 'มีรายการที่ไม่รู้จัก',
  'Something is missing here, or of the wrong type.': 'ไม่มีค่า หรือชนิดข้อมูลไม่ถูกต้อง',
  'This is not valid.': 'ค่านี้ไม่ถูกต้อง',
  'The run before is still being stopped. Try again in a moment.':
    'กำลังหยุดการทำงานครั้งก่อน โปรดลองอีกครั้งในอีกสักครู่',
  'The run ended without a word.': 'การทำงานสิ้นสุดโดยไม่มีคำอธิบาย',
  'A person stopped the run.': 'มีผู้สั่งหยุดการทำงาน',
  'The worker that had this run is gone.': 'ผู้ทำงานที่รับผิดชอบการทำงานครั้งนี้หยุดไปแล้ว',
  'The run that was due at {0} has not come to its end.': 'การทำงานที่กำหนดไว้เมื่อ {0} ยังไม่สิ้นสุด',
  'What the run had staged is gone and its source has changed.': 'ข้อมูลที่เตรียมไว้หายไป และแหล่งข้อมูลเปลี่ยนไปแล้ว',
  'No run is going on.': 'ไม่มีการทำงานอยู่ในขณะนี้',
  'Only a running or sleeping job can be paused.': 'หยุดชั่วคราวได้เฉพาะงานที่กำลังทำงานหรือพักอยู่',
  'Resume it first.': 'โปรดสั่งทำต่อก่อน',
  'A run is going on already.': 'มีการทำงานอยู่แล้ว',
  'Duplicate it to go on.': 'หากต้องการทำต่อ โปรดทำสำเนางาน',
  'There is no guard’s stop to overrule.': 'ไม่มีการหยุดโดยระบบป้องกันให้ข้าม',
  'Stop its run first.': 'โปรดหยุดการทำงานก่อน',
  'It has ended already.': 'ยุติไปแล้ว',
  'A slot came while a run was going on; it is skipped.': 'ถึงเวลาตามกำหนดขณะกำลังทำงานอยู่ จึงข้ามครั้งนั้น',
  'Its time has not come.': 'ยังไม่ถึงเวลาตามกำหนด',
  'A slot passed while the service was down; this run makes up for it.':
    'พลาดเวลาตามกำหนดหนึ่งครั้งขณะบริการหยุดทำงาน การทำงานครั้งนี้จะชดเชยให้',
  '{0} slots passed while the service was down; this run makes up for them.':
    'พลาดเวลาตามกำหนด {0} ครั้งขณะบริการหยุดทำงาน การทำงานครั้งนี้จะชดเชยให้',
  'A slot came while the run was going on, and was skipped.': 'ถึงเวลาตามกำหนดหนึ่งครั้งระหว่างการทำงาน จึงข้ามไป',
  '{0} slots came while the run was going on, and were skipped.':
    'ถึงเวลาตามกำหนด {0} ครั้งระหว่างการทำงาน จึงข้ามไป',
  'The job did not wait for this run any more.': 'งานไม่ได้รอการทำงานครั้งนี้แล้ว',
  'Only a paused or failed job can be resumed.': 'ทำต่อได้เฉพาะงานที่หยุดชั่วคราวหรือล้มเหลว',
  'The job is running.': 'งานนี้กำลังทำงานอยู่',
  'The job is sleeping.': 'งานนี้พักอยู่',
  'The job is paused.': 'งานนี้หยุดชั่วคราว',
  'The job is completed.': 'งานนี้เสร็จสิ้นแล้ว',
  'The job has failed.': 'งานนี้ล้มเหลว',
  'The job is terminated.': 'งานนี้ยุติแล้ว',
  'The worker is shutting down.': 'ผู้ทำงานกำลังปิดระบบ',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    'การทำงาน {0} ได้เขียนลงกลุ่มเป้าหมายนี้แล้ว จึงส่งส่วนเก่าของการทำงานครั้งนี้ตามไม่ได้',
  'Lineup met a fault of its own ({0}). Please report it.': 'Lineup เกิดข้อผิดพลาดภายใน ({0}) โปรดแจ้งให้เราทราบ',
  'Only an administrator may do this.': 'ทำได้เฉพาะผู้ดูแลระบบ',
  'Only an editor or an administrator may do this.': 'ทำได้เฉพาะผู้แก้ไขหรือผู้ดูแลระบบ',
  'Only somebody who has a role here may do this.': 'ทำได้เฉพาะผู้ที่มีบทบาทในระบบนี้',
  'This request comes from another site, or lacks its origin.': 'คำขอนี้มาจากเว็บไซต์อื่น หรือไม่มีข้อมูลต้นทาง',
  'Too many attempts. Wait a minute, then try again.': 'พยายามหลายครั้งเกินไป โปรดรอหนึ่งนาทีแล้วลองอีกครั้ง',
  'The current password is wrong.': 'รหัสผ่านปัจจุบันไม่ถูกต้อง',
  'This user is disabled.': 'ผู้ใช้นี้ถูกปิดใช้งาน',
  'The e-mail address or the password is wrong.': 'ที่อยู่อีเมลหรือรหัสผ่านไม่ถูกต้อง',
  'Sign-in was refused.': 'การลงชื่อเข้าใช้ถูกปฏิเสธ',
  'Sign-in failed.': 'ลงชื่อเข้าใช้ไม่สำเร็จ',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    'โปรดลงชื่อเข้าใช้ก่อน หรือส่งโทเค็น API: Authorization: Bearer lineup_…',
  'The session has ended: sign in again.': 'เซสชันสิ้นสุดแล้ว โปรดลงชื่อเข้าใช้อีกครั้ง',
  'The API token is unknown, revoked or too old.': 'ไม่รู้จักโทเค็น API นี้ หรือถูกเพิกถอนหรือหมดอายุแล้ว',
  'There is no user {0}.': 'ไม่มีผู้ใช้ {0}',
  'Somebody has this e-mail address already.': 'มีผู้ใช้ที่อยู่อีเมลนี้แล้ว',
  'There is nothing at this address.': 'ไม่มีสิ่งใดที่ที่อยู่นี้',
  'Some of what was sent is not valid.': 'ข้อมูลที่ส่งมาบางส่วนไม่ถูกต้อง',
  'The body is too large.': 'ข้อมูลที่ส่งมามีขนาดใหญ่เกินไป',
  'Send JSON, with Content-Type: application/json.': 'โปรดส่ง JSON พร้อม Content-Type: application/json',
  'The request cannot be read.': 'อ่านคำขอไม่ได้',
  'Something went wrong here. The request id leads to it in the log.':
    'เกิดข้อผิดพลาดที่เซิร์ฟเวอร์ ตรวจสอบได้จากรหัสคำขอในบันทึก',
  'Up to 200 printable characters.': 'อักขระที่พิมพ์ได้ไม่เกิน 200 ตัว',
  'An API token has no password.': 'โทเค็น API ไม่มีรหัสผ่าน',
  'The run has not begun yet, so there is no report.': 'การทำงานยังไม่เริ่ม จึงยังไม่มีรายงาน',
  'A path of the web app.': 'ต้องเป็นพาธของเว็บแอป',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    'ลิงก์นี้ไม่ถูกต้อง ถูกใช้ไปแล้ว ถูกแทนที่ด้วยลิงก์ใหม่ หรือหมดอายุแล้ว',
  'Single sign-on failed: begin again.': 'การลงชื่อเข้าใช้ครั้งเดียวไม่สำเร็จ โปรดเริ่มใหม่',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    'ไม่สามารถเปลี่ยนบทบาทหรือปิดใช้งานตนเองได้ โปรดขอให้ผู้ดูแลระบบคนอื่นดำเนินการ',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    'โปรดป้อนบัญชีโฆษณา เนื่องจากยังไม่มีงานใดใช้การอนุญาตนี้ จึงไม่มีบัญชีให้ทดสอบ',
  'There is no custom audience "{0}".': 'ไม่มีกลุ่มเป้าหมายที่กำหนดเอง “{0}”',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    'งาน “{0}” คอยเติมกลุ่มเป้าหมายนี้อยู่ โปรดลบงานนั้นหรือเปลี่ยนไปใช้กลุ่มเป้าหมายอื่นก่อน',
  'The cursor is not valid: begin again without one.': 'เคอร์เซอร์ไม่ถูกต้อง โปรดเริ่มใหม่โดยไม่ใส่เคอร์เซอร์',
  'A run of this job goes on: stop it first.': 'งานนี้กำลังทำงานอยู่ โปรดหยุดก่อน',
  'This authorization gives no audiences.': 'การอนุญาตนี้ไม่ให้กลุ่มเป้าหมาย',
  'The audience has no field "{0}". It has {1}.': 'กลุ่มเป้าหมายไม่มีฟิลด์ “{0}” ฟิลด์ที่มีคือ {1}',
  'Choose an authorization: this one is gone.': 'โปรดเลือกการอนุญาตอื่น เนื่องจากรายการนี้ไม่มีแล้ว',
  'Choose an authorization of LINE Ads.': 'โปรดเลือกการอนุญาตของ LINE Ads',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    'LINE มีกลุ่มเป้าหมายชื่อนี้อยู่แล้ว ({0}) โปรดเลือกกลุ่มนั้นหรือใช้ชื่ออื่น',
  'Ad account {0} has no audience {1}.': 'บัญชีโฆษณา {0} ไม่มีกลุ่มเป้าหมาย {1}',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    'กลุ่มเป้าหมาย “{0}” เป็นประเภท {1} ซึ่งใช้ตัวระบุอีกประเภท โปรดเลือกกลุ่มเป้าหมายอื่น',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    'งาน “{0}” คอยเติมกลุ่มเป้าหมายนี้อยู่ หากใช้สองงาน ผลลัพธ์จะทับกัน',
  '{0} is inside this network. Notifications go there only when an administrator has allowed it in the settings.':
    '{0} อยู่ภายในเครือข่ายนี้ การแจ้งเตือนจะส่งไปได้เมื่อผู้ดูแลระบบอนุญาตในการตั้งค่าเท่านั้น',
  'The message was taken.': 'ปลายทางรับข้อความแล้ว',
  'Lineup could not send it ({0}).': 'Lineup ส่งไม่ได้ ({0})',
  'It answered with HTTP {0}.': 'ปลายทางตอบกลับด้วย HTTP {0}',
  'The mail server answered with {0} ({1}).': 'เซิร์ฟเวอร์อีเมลตอบกลับด้วย {0} ({1})',
  'It took too long to answer.': 'ใช้เวลาตอบกลับนานเกินไป',
  'It could not be reached or talked to ({0}).': 'เชื่อมต่อหรือสื่อสารไม่ได้ ({0})',
  'Files need no authorization.': 'ไฟล์ไม่ต้องใช้การอนุญาต',
  'Lytics accepts the token, and shows one audience.': 'Lytics ยอมรับโทเค็น และแสดงกลุ่มเป้าหมายหนึ่งกลุ่ม',
  'Lytics accepts the token, and shows {0} audiences.': 'Lytics ยอมรับโทเค็น และแสดงกลุ่มเป้าหมาย {0} กลุ่ม',
  'PostgreSQL {0}: one table or view can be read in {1}.': 'PostgreSQL {0}: อ่านตารางหรือวิวใน {1} ได้หนึ่งรายการ',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}: อ่านตารางและวิวใน {2} ได้ {1} รายการ',
  'This user may do everything: one that may only read is safer.':
    'ผู้ใช้นี้มีสิทธิ์ทุกอย่าง การใช้ผู้ใช้ที่อ่านได้อย่างเดียวจะปลอดภัยกว่า',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    'การอนุญาตนี้ใช้อยู่ใน {0} โปรดลบงานเหล่านั้นหรือเปลี่ยนไปใช้การอนุญาตอื่นก่อน',
  'This idempotency key was used for another request: send a new one.':
    'คีย์ idempotency นี้ถูกใช้กับคำขออื่นแล้ว โปรดส่งคีย์ใหม่',
  'The first request with this idempotency key is still being worked on.':
    'คำขอแรกที่ใช้คีย์ idempotency นี้ยังดำเนินการอยู่',
  'There is no such authorization: it may have been deleted just now.': 'ไม่มีการอนุญาตนี้ อาจเพิ่งถูกลบไป',
  'Another worker has taken this over.': 'ผู้ทำงานอื่นรับช่วงต่อแล้ว',
  'Another worker has taken this run over.': 'ผู้ทำงานอื่นรับช่วงการทำงานครั้งนี้แล้ว',
  'There is no API token "{0}".': 'ไม่มีโทเค็น API “{0}”',
  'There is no authorization "{0}".': 'ไม่มีการอนุญาต “{0}”',
  'There is no job "{0}".': 'ไม่มีงาน “{0}”',
  'There is no notification channel "{0}".': 'ไม่มีช่องทางแจ้งเตือน “{0}”',
  'There is no run "{0}".': 'ไม่มีการทำงาน “{0}”',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    'มีผู้อื่นแก้ไขไปแล้ว โปรดตรวจสอบอีกครั้งก่อนบันทึก',
  'The run {0} was begun before.': 'การทำงาน {0} เริ่มไปก่อนแล้ว',
  'The run {0} has not begun.': 'การทำงาน {0} ยังไม่เริ่ม',
  'The run {0} is going on in another worker.': 'การทำงาน {0} ดำเนินอยู่ในผู้ทำงานอื่น',
  'The run {0} was stopped before its worker began.': 'การทำงาน {0} ถูกหยุดก่อนที่ผู้ทำงานจะเริ่ม',
  'The disk of the database is full. Free some space there.': 'ดิสก์ของฐานข้อมูลเต็ม โปรดเพิ่มพื้นที่ว่าง',
  'The database did not take an entry of the run’s journal.': 'ฐานข้อมูลไม่รับรายการบันทึกของการทำงาน',
  'There is no file {0} that may be exported.': 'ไม่มีไฟล์ {0} ที่ส่งออกได้',
  'No folder is open to exports: an administrator can change that in the settings.':
    'ยังไม่มีโฟลเดอร์ที่เปิดให้ส่งออก ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    'โฟลเดอร์ที่เปิดให้ส่งออกมีเพียง {0} ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    'ไม่มีไฟล์ {0} ที่ส่งออกได้ โปรดระบุด้วยพาธแบบสัมบูรณ์ หรือเลือกจากรายการ',
  '{0} matches more than {1} files.': '{0} ตรงกับไฟล์มากกว่า {1} ไฟล์',
  'No audience can be read from "{0}".': 'อ่านกลุ่มเป้าหมายจาก “{0}” ไม่ได้',
  'The source of this run cannot be opened again.': 'เปิดแหล่งข้อมูลของการทำงานครั้งนี้อีกครั้งไม่ได้',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    'แหล่งข้อมูลไม่มีสมาชิก จึงไม่ได้ส่งข้อมูลใด กลุ่มเป้าหมายใน LINE ยังเหมือนเดิม',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    'ค่าของ “{1}” ทั้ง {0} ค่าใช้ไม่ได้ จึงไม่ได้ส่งข้อมูลใด กลุ่มเป้าหมายใน LINE ยังเหมือนเดิม',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    'โปรดตรวจสอบแหล่งข้อมูล ฟิลด์ และดูว่าค่าในฟิลด์ตรงกับประเภทตัวระบุ ระบบจะไม่ส่งผลลัพธ์ที่ว่างเปล่า',
  'The audience would shrink from {0} members (run {1}) to {2}, by {3}: more than the {4} allowed, so nothing was sent.':
    'กลุ่มเป้าหมายจะเล็กลงจาก {0} คน (การทำงาน {1}) เหลือ {2} คน ลดลง {3} ซึ่งเกิน {4} ที่อนุญาต จึงไม่ได้ส่งข้อมูลใด',
  'Members travel encrypted: enter https://, or mark the server as one inside your network.':
    'ข้อมูลสมาชิกต้องส่งแบบเข้ารหัส โปรดใช้ https:// หรือระบุว่าเซิร์ฟเวอร์อยู่ภายในเครือข่ายของคุณ',
  'This URL is of a folder: name a file in it.': 'URL นี้เป็นของโฟลเดอร์ โปรดระบุไฟล์ในโฟลเดอร์นั้น',
  '{0} may not be exported.': 'ส่งออก {0} ไม่ได้',
  'No URL is open to exports: an administrator can change that in the settings.':
    'ยังไม่มี URL ที่เปิดให้ส่งออก ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    'ส่งออกได้เฉพาะสิ่งที่อยู่ภายใต้ {0} ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    'เซิร์ฟเวอร์ส่งต่อไปยัง {0} ซึ่งไม่อยู่ภายใต้ URL ที่เปิดให้ส่งออก ผู้ดูแลระบบเปิดได้ในการตั้งค่า',
  '{0} is inside this network. Files are fetched from there only when an administrator has marked its URL in the settings as one inside your network.':
    '{0} อยู่ภายในเครือข่ายนี้ ระบบจะดึงไฟล์จากที่นั่นเมื่อผู้ดูแลระบบระบุในการตั้งค่าว่า URL นั้นอยู่ภายในเครือข่ายเท่านั้น',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    'โปรดป้อน URL แบบเต็ม เช่น https://files.example.com/exports/members.csv',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    'โปรดอย่าใส่ชื่อผู้ใช้และรหัสผ่านใน URL เพราะจะถูกเก็บแบบเปิดเผย',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    'โปรดตัด ? หรือ # และข้อความที่ตามมาออก เพราะลายเซ็นและโทเค็นในส่วนนั้นจะถูกเก็บแบบเปิดเผยและหมดอายุได้ ไฟล์ต้องมี URL ที่ไม่เปลี่ยนแปลง',
  'The path of the URL is not a plain one in UTF-8.': 'พาธของ URL ไม่ใช่พาธธรรมดาแบบ UTF-8',
  'Give the file’s name.': 'โปรดระบุชื่อไฟล์',
  'Give the file’s name alone, without a path.': 'โปรดระบุเฉพาะชื่อไฟล์ โดยไม่มีเส้นทาง',
  'Nothing came any more.': 'ไม่มีข้อมูลส่งมาอีก',
  'Send the file as the body, with Content-Type: {0}.':
    'โปรดส่งเนื้อหาไฟล์เป็นเนื้อความของคำขอ พร้อม Content-Type: {0}',
  'There is no upload "{0}".': 'ไม่มีไฟล์ที่อัปโหลด "{0}"',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    'ไฟล์นี้ถูกใช้โดย {0} โปรดเปลี่ยนงานเหล่านั้นไปใช้ไฟล์อื่น หรือลบงานก่อน',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    'ไฟล์ที่อัปโหลดไม่ตรงกับตอนที่เขียน: เนื้อหาบนดิสก์ถูกเปลี่ยนหรือขาดหาย โปรดอัปโหลดอีกครั้ง',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    'ไม่พบไฟล์ที่อัปโหลดบนเครื่องนี้: ทุกโปรเซสของบริการต้องเห็นไดเรกทอรีอัปโหลดเดียวกัน ซึ่งที่นี่คือ {0} (LINEUP_UPLOADS_DIR)',
  'The uploaded file cannot be read in {0}.': 'อ่านไฟล์ที่อัปโหลดใน {0} ไม่ได้',
  'The upload broke off: nothing of it is kept.': 'การอัปโหลดหยุดกลางคัน: ไม่มีการเก็บข้อมูลใดไว้',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    'ไฟล์ใหญ่กว่า {0} ที่บริการนี้รับได้ โปรดบีบอัดไฟล์ (gzip หรือ Zstandard) หรือสอบถามผู้ดูแลระบบ: LINEUP_UPLOAD_MAX_MB หรือโฟลเดอร์ของเซิร์ฟเวอร์ที่เปิดให้ส่งออก',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    'ดิสก์ของบริการนี้มีพื้นที่ไม่พอสำหรับไฟล์: ใช้ได้ {0} โปรดลบไฟล์ที่อัปโหลดซึ่งไม่ใช้แล้ว หรือสอบถามผู้ดูแลระบบ',
  'The format of the file cannot be told. Lineup reads CSV, TSV, NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    'ไม่ทราบรูปแบบของไฟล์ Lineup อ่านได้เฉพาะ CSV, TSV, NDJSON (.ndjson, .jsonl), Parquet และไฟล์หนึ่งค่าต่อบรรทัด (.txt) โดยทุกแบบยกเว้น Parquet ใช้ .gz หรือ .zst ได้ด้วย',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    'งาน "{0}" อัปเดตต่อเนื่อง: งานจะอ่านไฟล์นี้ใหม่ทุกครั้งที่ทำงาน จึงต้องเก็บไฟล์ไว้',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    'ไม่มีไฟล์ที่อัปโหลด ({0}) แล้ว: ไฟล์ถูกลบหลังทำงานหรือถูกลบโดยผู้ใช้ หรือถูกอัปโหลดไว้ที่ระบบอื่น โปรดอัปโหลดอีกครั้งแล้วเลือกไฟล์ในงาน',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    'งานที่อัปเดตต่อเนื่องจะอ่านไฟล์ใหม่ทุกครั้งที่ทำงาน แต่ไฟล์นี้จะถูกลบหลังครั้งแรก: โปรดเลือกเก็บไฟล์ไว้',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    'ไม่มีไฟล์ที่อัปโหลดของงานนี้แล้ว โปรดอัปโหลดอีกครั้งแล้วเลือกไฟล์ในงาน',
  'Ad account {0} has no custom audience {1}.': 'บัญชีโฆษณา {0} ไม่มีกลุ่มเป้าหมายที่กำหนดเอง {1}',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    'กลุ่มเป้าหมาย {0} ({1}) เป็นประเภท {2} แต่ตัวระบุประเภทนี้ต้องใช้ {3} ประเภทของกลุ่มเป้าหมายเปลี่ยนไม่ได้ โปรดเลือกกลุ่มเป้าหมายอื่นหรือสร้างใหม่',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINE มีกลุ่มเป้าหมายที่กำหนดเอง “{0}” อยู่แล้ว รหัสคือ {1} โปรดใช้กลุ่มนั้นหรือเลือกชื่ออื่น',
  'LINE answers.': 'LINE ตอบกลับ',
  'LINE accepts the access key and the secret key.': 'LINE ยอมรับ Access Key และ Secret Key',
  'Ad account {0} is authorised.': 'บัญชีโฆษณา {0} ได้รับอนุญาตแล้ว',
  'The role of the key may upload audiences.': 'บทบาทของคีย์นี้อัปโหลดกลุ่มเป้าหมายได้',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    'บทบาทของคีย์นี้อัปโหลดไม่ได้ LINE ต้องให้บทบาท Data Provider (General)',
  'Custom audience {0} "{1}" is there: {2}, {3}.': 'มีกลุ่มเป้าหมายที่กำหนดเอง {0} “{1}”: {2}, {3}',
  'Not known, because of the failure above.': 'ไม่ทราบผล เนื่องจากปัญหาข้างต้น',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'นาฬิกาของเซิร์ฟเวอร์ช้ากว่าของ LINE {0} นาที หากต่างกันตั้งแต่ 15 นาที LINE จะปฏิเสธ โปรดตั้งเวลาให้ตรง (NTP)',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'นาฬิกาของเซิร์ฟเวอร์เร็วกว่าของ LINE {0} นาที หากต่างกันตั้งแต่ 15 นาที LINE จะปฏิเสธ โปรดตั้งเวลาให้ตรง (NTP)',
  'The clock agrees with LINE’s.': 'นาฬิกาตรงกับของ LINE',
  'The clock is {0} s behind LINE’s, which is near enough.': 'นาฬิกาช้ากว่าของ LINE {0} วินาที ซึ่งอยู่ในเกณฑ์ที่ใช้ได้',
  'The clock is {0} s ahead of LINE’s, which is near enough.': 'นาฬิกาเร็วกว่าของ LINE {0} วินาที ซึ่งอยู่ในเกณฑ์ที่ใช้ได้',
  'LINE could not be reached: {0} ({1}).': 'เชื่อมต่อ LINE ไม่ได้: {0} ({1})',
  'The connection to LINE broke: {0} ({1}).': 'การเชื่อมต่อกับ LINE ขาดหาย: {0} ({1})',
  'LINE did not answer in time.': 'LINE ไม่ตอบกลับภายในเวลาที่กำหนด',
  'LINE answered {0}, but its answer cannot be read.': 'LINE ตอบกลับ {0} แต่อ่านคำตอบไม่ได้',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    'อ่านส่วนที่เตรียมไว้ไม่ได้แล้ว หรือถูกเปลี่ยนแปลงระหว่างส่ง',
  'The request to LINE was stopped.': 'คำขอไปยัง LINE ถูกหยุด',
  'LINE answered {0}.': 'LINE ตอบกลับ {0}',
  'LINE answered {0} {1}.': 'LINE ตอบกลับ {0} {1}',
  'The access key, the secret key or the clock is wrong.': 'Access Key, Secret Key หรือนาฬิกาไม่ถูกต้อง',
  'The access key may not use this operation or this ad account.':
    'Access Key นี้ใช้การดำเนินการหรือบัญชีโฆษณานี้ไม่ได้',
  'Try again in a minute.': 'โปรดลองอีกครั้งในอีกหนึ่งนาที',
  'LINE is working on this audience: try again in some minutes.':
    'LINE กำลังประมวลผลกลุ่มเป้าหมายนี้ โปรดลองอีกครั้งในอีกไม่กี่นาที',
  'LINE has a fault: try again in some minutes.': 'LINE ขัดข้อง โปรดลองอีกครั้งในอีกไม่กี่นาที',
  'Run {0} was a dry run: there is nothing to go on with.': 'การทำงาน {0} เป็นการทดลองทำงาน จึงไม่มีอะไรให้ทำต่อ',
  'Run {0} has succeeded: there is nothing to go on with.': 'การทำงาน {0} สำเร็จแล้ว จึงไม่มีอะไรให้ทำต่อ',
  'Run {0} cannot go on: run {1} has written to audience {2} since, and the older chunks would spoil the newer membership. Run the export again.':
    'การทำงาน {0} ทำต่อไม่ได้ เนื่องจากการทำงาน {1} เขียนลงกลุ่มเป้าหมาย {2} แล้ว ส่วนเก่าจะทำให้ข้อมูลสมาชิกใหม่เสียหาย โปรดส่งออกใหม่อีกครั้ง',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    'การทำงาน {0} สิ้นสุดก่อนอ่านแหล่งข้อมูลจนจบ และอ่าน {1} อีกครั้งไม่ได้ โปรดส่งออกใหม่อีกครั้ง',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    'ส่วนที่เตรียมไว้ของการทำงานครั้งนี้หายไป และอ่านแหล่งข้อมูลอีกครั้งไม่ได้ โปรดส่งออกใหม่อีกครั้ง',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    'ส่วนที่เตรียมไว้หายไป และแหล่งข้อมูลเปลี่ยนไปแล้ว จึงทำต่อจากเดิมไม่ได้ โปรดส่งออกใหม่อีกครั้ง การแทนที่จะทำให้กลุ่มเป้าหมายครบถ้วน',
  'Interrupted: nothing was sent to LINE.': 'ถูกขัดจังหวะ: ยังไม่ได้ส่งข้อมูลใดไปยัง LINE',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    'ถูกขัดจังหวะ: LINE ประมวลผลเสร็จ {0} จาก {1} ส่วน กลุ่มเป้าหมายจะยังไม่ครบจนกว่าจะทำต่อ',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    'พื้นที่ใน {0} ไม่พอสำหรับส่วนที่เตรียมไว้ ส่วนของการทำงานครั้งนี้ถูกลบแล้ว โปรดเพิ่มพื้นที่ว่าง (65 ไบต์ต่อสมาชิก) แล้วเริ่มใหม่',
  'The staged chunks could not be written to {0} ({1}).': 'เขียนส่วนที่เตรียมไว้ลงใน {0} ไม่ได้ ({1})',
  'The staging worker was stopped.': 'ผู้ทำงานที่เตรียมข้อมูลถูกหยุด',
  'The staging worker failed.': 'ผู้ทำงานที่เตรียมข้อมูลขัดข้อง',
  'The staging worker stopped.': 'ผู้ทำงานที่เตรียมข้อมูลหยุดทำงาน',
  'Staging was interrupted.': 'การเตรียมข้อมูลถูกขัดจังหวะ',
  'The lines that were staged before did not come out the same.': 'ข้อมูลที่เตรียมไว้ก่อนหน้าไม่ได้ผลเหมือนเดิม',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    'แต่ละส่วนต้องรองรับได้อย่างน้อยหนึ่งรายการขนาด {0} ไบต์ ไม่ใช่ {1} รายการ และ {2} ไบต์',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    'แหล่งข้อมูลมีสมาชิกมากกว่าที่การทำงานครั้งเดียวรองรับ (ประมาณ 350 ล้าน) โปรดแบ่งแหล่งข้อมูลแล้วส่งเพิ่มทีละส่วน',
  'The source gave a value without saying whose it is.': 'แหล่งข้อมูลให้ค่าที่ไม่ได้ระบุว่าเป็นของใคร',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    'ประเทศเริ่มต้น {0} ไม่มีหมายเลขโทรศัพท์ โปรดระบุตัวอักษรสองตัว เช่น JP, TW หรือ TH',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    'อ่านส่วนที่เตรียมไว้ {0} ไม่ได้แล้ว จึงไม่ได้ส่ง โปรดส่งออกใหม่อีกครั้ง',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    'ส่วนที่เตรียมไว้ {0} ไม่ตรงกับที่การทำงานครั้งนี้เขียนไว้ จึงไม่ได้ส่ง โปรดส่งออกใหม่อีกครั้ง',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINE รับส่วนที่ {0} จาก {1} แล้ว แต่งานยังไม่สิ้นสุด ({2}) หลังผ่านไป {3} นาที โปรดทำต่อภายหลัง ระบบจะรองานเดิม',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINE ยังประมวลผลการอัปโหลดอื่นของกลุ่มเป้าหมาย {0} อยู่ ({1}, {2}) จึงไม่ได้ส่งข้อมูลใด โปรดทำต่อภายหลัง',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    'งานอัปโหลดของ LINE สำหรับส่วนที่ {0} จาก {1} ล้มเหลว: {2}',
  'LINE’s upload job for chunk {0} of {1} failed.': 'งานอัปโหลดของ LINE สำหรับส่วนที่ {0} จาก {1} ล้มเหลว',
  'The audience holds chunks 1 to {0} of {1} for now.': 'ขณะนี้กลุ่มเป้าหมายมีส่วนที่ 1 ถึง {0} จาก {1}',
  'Resume to send the chunk again; if it fails again, ask LINE with the id of the job.':
    'โปรดทำต่อเพื่อส่งส่วนนี้อีกครั้ง หากล้มเหลวอีก โปรดสอบถาม LINE พร้อมรหัสงาน',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    'หมายเลขโทรศัพท์ {0} หมายเลขขึ้นต้นด้วย 0 จึงไม่มีรหัสประเทศ และ LINE แทบจะจับคู่ไม่ได้',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    'ฟิลด์นี้มีค่าที่แฮชแล้ว {0} ค่า ปนกับค่าปกติ {1} ค่า ค่าที่แฮชแล้วจะส่งตามเดิม โปรดตรวจสอบว่าได้ปรับรูปแบบก่อนแฮช',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    'ค่าแฮช {0} ค่าเป็นตัวพิมพ์ใหญ่และจะส่งตามเดิม ตัวอย่างของ LINE เป็นตัวพิมพ์เล็ก หากไม่มีใครตรงกัน ให้เขียนเป็นตัวพิมพ์เล็ก',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    'รหัสโฆษณา {0} รหัสถูกส่งแบบแฮช แต่เอกสารของ LINE ใช้ค่าดิบ',
  'LINE finished with the remark {0} (chunks: {1}).': 'LINE ประมวลผลเสร็จพร้อมหมายเหตุ {0} (ส่วนที่: {1})',
  'LINE processed {0} of the {1} records (chunks: {2}).': 'LINE ประมวลผล {0} จาก {1} รายการ (ส่วนที่: {2})',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINE แสดงสถานะกลุ่มเป้าหมายเป็น {0} ขนาดโดยประมาณ {1}: ยังไม่มีใครตรงกัน',
  'Hashed advertising ids may be the cause: try raw ones.': 'อาจเกิดจากรหัสโฆษณาที่แฮชแล้ว โปรดลองใช้ค่าดิบ',
  'Check that the field holds what the identifier type says.': 'โปรดตรวจสอบว่าฟิลด์ตรงกับประเภทตัวระบุ',
  'Check the access key, and that the ad account is linked to your group.':
    'โปรดตรวจสอบ Access Key และดูว่าบัญชีโฆษณาเชื่อมกับกลุ่มของคุณแล้ว',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    'บทบาทของ Access Key นี้ไม่มีสิทธิ์ดำเนินการนี้ การอัปโหลดต้องใช้บทบาท Data Provider (General)',
  'The ad account has not been linked to your group.': 'บัญชีโฆษณานี้ยังไม่ได้เชื่อมกับกลุ่มของคุณ',
  'Check the ad account id.': 'โปรดตรวจสอบรหัสบัญชีโฆษณา',
  'Check the group id.': 'โปรดตรวจสอบรหัสกลุ่ม',
  'The ad account has no such custom audience.': 'บัญชีโฆษณานี้ไม่มีกลุ่มเป้าหมายที่กำหนดเองดังกล่าว',
  'The name is too long; LINE takes 120 characters.': 'ชื่อยาวเกินไป LINE รับได้ 120 อักขระ',
  'A custom audience of this name exists already; use its id.': 'มีกลุ่มเป้าหมายที่กำหนดเองชื่อนี้อยู่แล้ว โปรดใช้กลุ่มนั้น',
  'The ad account holds as many custom audiences as LINE allows.':
    'บัญชีโฆษณานี้มีกลุ่มเป้าหมายที่กำหนดเองครบตามที่ LINE อนุญาตแล้ว',
  'An ad group still targets it.': 'ยังมีกลุ่มโฆษณาที่ใช้กลุ่มเป้าหมายนี้',
  'A lookalike audience is still made from it.': 'ยังมีกลุ่มเป้าหมายที่คล้ายกันซึ่งสร้างจากกลุ่มนี้',
  'The source audience matches too few people.': 'กลุ่มเป้าหมายต้นทางมีผู้ที่ตรงกันน้อยเกินไป',
  'The lines of the file are not in the form of its identifier type.':
    'แต่ละบรรทัดในไฟล์ไม่ตรงรูปแบบของประเภทตัวระบุ',
  'The file has too many lines; send it in smaller parts.': 'ไฟล์มีจำนวนบรรทัดมากเกินไป โปรดแบ่งส่งเป็นส่วนย่อย',
  'The file is empty.': 'ไฟล์ว่างเปล่า',
  'The file is too large; LINE takes 60 MiB.': 'ไฟล์มีขนาดใหญ่เกินไป LINE รับได้ 60 MiB',
  'LINE is processing this audience; try again later.': 'LINE กำลังประมวลผลกลุ่มเป้าหมายนี้ โปรดลองอีกครั้งภายหลัง',
  'the connection was refused': 'การเชื่อมต่อถูกปฏิเสธ',
  'the host name is unknown': 'ไม่รู้จักชื่อโฮสต์',
  'the host name could not be looked up': 'ค้นหาชื่อโฮสต์ไม่ได้',
  'there is no route to the host': 'ไม่มีเส้นทางไปยังโฮสต์',
  'there is no network': 'ไม่มีเครือข่าย',
  'the host did not take the connection in time': 'โฮสต์ไม่รับการเชื่อมต่อภายในเวลาที่กำหนด',
  'the connection was reset': 'การเชื่อมต่อถูกรีเซ็ต',
  'the connection was closed while sending': 'การเชื่อมต่อถูกปิดระหว่างส่ง',
  'the connection was closed before the answer': 'การเชื่อมต่อถูกปิดก่อนได้คำตอบ',
  'no answer came in time': 'ไม่มีคำตอบภายในเวลาที่กำหนด',
  'the answer stopped half-way': 'คำตอบหยุดกลางคัน',
  'fetch does not allow this port': 'ไม่อนุญาตให้ใช้พอร์ตนี้',
  'its certificate is not trusted': 'ใบรับรองไม่น่าเชื่อถือ',
  'the connection failed': 'การเชื่อมต่อล้มเหลว',
  'It was tried {0} times.': 'ลองแล้ว {0} ครั้ง',
};
