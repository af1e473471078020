import type { Catalogue } from './index.ts';

export const th: Catalogue = {
  'Enter a label.': 'โปรดป้อนชื่อ',
  'Enter a tag.': 'โปรดป้อนแท็ก',
  'A tag has no comma.': 'แท็กต้องไม่มีเครื่องหมายจุลภาค',
  'The same tag is in the list twice.': 'มีแท็กซ้ำกันในรายการ',
  'Use plain text: no line breaks, control characters or direction marks.':
    'โปรดใช้ข้อความธรรมดา ห้ามขึ้นบรรทัดใหม่ อักขระควบคุม หรือเครื่องหมายกำหนดทิศทาง',
  'There is no such provider and method.': 'ไม่มีผู้ให้บริการและวิธีการนี้',
  'Enter the ad account’s id, for example A1.': 'โปรดป้อนรหัสบัญชีโฆษณา เช่น A1',
  'Enter the group’s id, for example G1.': 'โปรดป้อนรหัสกลุ่ม เช่น G1',
  'A Custom Audience’s id is a number.': 'รหัสของกลุ่มเป้าหมายที่กำหนดเองต้องเป็นตัวเลข',
  'Enter a name.': 'โปรดป้อนชื่อ',
  'Choose an audience.': 'โปรดเลือกกลุ่มเป้าหมาย',
  'At most four audiences.': 'เลือกกลุ่มเป้าหมายได้ไม่เกินสี่กลุ่ม',
  'A run is running, succeeded, failed, interrupted, dry_run, queued or stopped: enter one of these.':
    'สถานะของการทำงานคือ running, succeeded, failed, interrupted, dry_run, queued หรือ stopped โปรดป้อนค่าใดค่าหนึ่ง',
  'Enter true or false.': 'โปรดป้อน true หรือ false',
  'Enter a day such as 2026-11-01, or a moment such as 2026-11-01T09:00:00Z.':
    'โปรดป้อนวันที่ เช่น 2026-11-01 หรือวันเวลา เช่น 2026-11-01T09:00:00Z',
  'The end of the time must be after its beginning: change one of them.':
    'จุดสิ้นสุดของช่วงเวลาต้องอยู่หลังจุดเริ่มต้น โปรดแก้ไขค่าใดค่าหนึ่ง',
  'Enter a country code like JP.': 'โปรดป้อนรหัสประเทศ เช่น JP',
  'Enter the name of the audience to create, or choose an existing one.':
    'โปรดป้อนชื่อกลุ่มเป้าหมายที่จะสร้าง หรือเลือกกลุ่มที่มีอยู่',
  'An existing audience keeps its name: leave this empty.': 'กลุ่มเป้าหมายที่มีอยู่จะใช้ชื่อเดิม โปรดเว้นช่องนี้ว่าง',
  'Choose the field that holds the advertising ID.': 'โปรดเลือกคอลัมน์ที่เก็บรหัสโฆษณา',
  'Choose how often it runs.': 'โปรดเลือกความถี่ในการทำงาน',
  'Choose the day of the week.': 'โปรดเลือกวันในสัปดาห์',
  'Choose the time of day.': 'โปรดเลือกเวลา',
  'Choose the time zone.': 'โปรดเลือกเขตเวลา',
  'A default country is for phone numbers only.': 'ประเทศเริ่มต้นใช้ได้กับหมายเลขโทรศัพท์เท่านั้น',
  'The IFA format is for advertising IDs only.': 'รูปแบบ IFA ใช้ได้กับรหัสโฆษณาเท่านั้น',
  'Choose at least one.': 'โปรดเลือกอย่างน้อยหนึ่งรายการ',
  'Name each job once.': 'โปรดระบุงานแต่ละงานเพียงครั้งเดียว',
  'Enter a URL like https://hooks.example.com/lineup.': 'โปรดป้อน URL เช่น https://hooks.example.com/lineup',
  'Leave user and password out of the URL.': 'โปรดอย่าใส่ชื่อผู้ใช้และรหัสผ่านใน URL',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    'โปรดป้อนคีย์ในรูปแบบ whsec_… ขนาด 24 ถึง 64 ไบต์แบบ base64 หรือเว้นว่างเพื่อให้ระบบสร้างให้',
  'Enter the mail server.': 'โปรดป้อนเซิร์ฟเวอร์อีเมล',
  'Enter an e-mail address.': 'โปรดป้อนที่อยู่อีเมล',
  'Enter at least one recipient.': 'โปรดป้อนผู้รับอย่างน้อยหนึ่งราย',
  'At most 20; for more, use a mailing list.': 'ไม่เกิน 20 รายการ หากมากกว่านี้โปรดใช้รายชื่ออีเมลกลุ่ม',
  'At least 12 characters.': 'อย่างน้อย 12 อักขระ',
  'At most 200 characters.': 'ไม่เกิน 200 อักขระ',
  'Enter the key.': 'โปรดป้อนคีย์',
  'This holds a character that cannot be kept: type it again.': 'มีอักขระที่ระบบบันทึกไม่ได้ โปรดพิมพ์ใหม่',
  'This is nested too deeply.': 'ซ้อนกันลึกเกินไป',
  'The URL is too long.': 'URL ยาวเกินไป',
  'This holds a space or a character that no key has: copy it again.': 'มีช่องว่างหรืออักขระที่ไม่มีในคีย์ โปรดคัดลอกใหม่',
  'Enter a URL like https://api.lytics.io.': 'โปรดป้อน URL เช่น https://api.lytics.io',
  'Enter the origin alone, like https://api.lytics.io: without a path, a query or a user.':
    'โปรดป้อนเฉพาะที่อยู่หลัก เช่น https://api.lytics.io โดยไม่มีพาธ คิวรี หรือผู้ใช้',
  'Enter a URL like postgres://user:password@host:5432/database.':
    'โปรดป้อน URL พร้อมชื่อผู้ใช้และรหัสผ่าน เช่น postgres://user:password@host:5432/database',
  'Enter a time of day like 09:30.': 'โปรดป้อนเวลา เช่น 09:30',
  'Choose a time zone like Asia/Tokyo.': 'โปรดเลือกเขตเวลา เช่น Asia/Tokyo',
  'Enter an absolute path.': 'โปรดป้อนพาธแบบเต็ม',
  'Choose a field.': 'โปรดเลือกคอลัมน์',
  'Use at most {0} characters.': 'ใช้ได้ไม่เกิน {0} อักขระ',
  'At most {0} are possible.': 'ระบุได้ไม่เกิน {0} รายการ',
  'Enter at most {0}.': 'โปรดป้อนค่าไม่เกิน {0}',
  'Enter at least {0}.': 'โปรดป้อนค่าอย่างน้อย {0}',
  'This is required.': 'จำเป็นต้องระบุ',
  'Use at least {0} characters.': 'ใช้อย่างน้อย {0} อักขระ',
  'There is an unknown property here.': 'มีคีย์ที่ระบบไม่รู้จัก',
  'A value is missing or has the wrong type.': 'ไม่มีค่า หรือชนิดข้อมูลไม่ถูกต้อง',
  'This is not valid.': 'ค่านี้ไม่ถูกต้อง',
  'The run before is still being stopped. Try again in a moment.':
    'กำลังหยุดการทำงานครั้งก่อนอยู่ โปรดลองอีกครั้งในอีกสักครู่',
  'The run ended without a reason.': 'การทำงานสิ้นสุดโดยไม่แจ้งสาเหตุ',
  'A person stopped the run.': 'มีผู้ใช้สั่งหยุดการทำงาน',
  'The worker that had this run is gone.': 'เวิร์กเกอร์ที่ดูแลการทำงานครั้งนี้หยุดไปแล้ว',
  'The run that was due at {0} has not come to its end.': 'การทำงานที่กำหนดไว้เมื่อ {0} ยังไม่สิ้นสุด',
  'What the run had staged is gone and its source has changed.':
    'ข้อมูลที่การทำงานเตรียมไว้หายไป และแหล่งข้อมูลเปลี่ยนไปแล้ว',
  'No run is going on.': 'ไม่มีการทำงานอยู่ในขณะนี้',
  'Only a running or sleeping job can be paused.': 'หยุดชั่วคราวได้เฉพาะงานที่กำลังทำงานหรือรอรอบถัดไป',
  'Resume it first.': 'โปรดเปิดใช้อีกครั้งก่อน',
  'A run is going on already.': 'มีการทำงานที่กำลังดำเนินอยู่แล้ว',
  'Duplicate it to go on.': 'หากต้องการทำต่อ โปรดทำสำเนางาน',
  'No guard has stopped this job.': 'ระบบป้องกันไม่ได้หยุดงานนี้',
  'There is no run that could go on.': 'ไม่มีการทำงานที่ทำต่อได้',
  'Stop its run first.': 'โปรดหยุดการทำงานก่อน',
  'It is terminated already.': 'งานนี้สิ้นสุดไปแล้ว',
  'A scheduled time came while a run was going on. It is skipped.': 'ถึงกำหนดเวลาขณะกำลังทำงานอยู่ จึงข้ามรอบนั้น',
  'It is not due yet.': 'ยังไม่ถึงกำหนดเวลา',
  'A scheduled time passed while the service was down. This run makes up for it.':
    'พลาดกำหนดเวลาหนึ่งรอบขณะที่บริการหยุดทำงาน การทำงานครั้งนี้ทำแทนรอบนั้น',
  '{0} scheduled times passed while the service was down. This run makes up for them.':
    'พลาดกำหนดเวลา {0} รอบขณะที่บริการหยุดทำงาน การทำงานครั้งนี้ทำแทนรอบเหล่านั้น',
  'A slot came in the meantime; this run makes up for it.':
    'ถึงกำหนดเวลาหนึ่งรอบในระหว่างนั้น การทำงานครั้งนี้ทำแทนรอบนั้น',
  '{0} slots came in the meantime; this run makes up for them.':
    'ถึงกำหนดเวลา {0} รอบในระหว่างนั้น การทำงานครั้งนี้ทำแทนรอบเหล่านั้น',
  'A scheduled time came while the run was going on, and was skipped.':
    'ถึงกำหนดเวลาหนึ่งรอบระหว่างการทำงาน จึงข้ามรอบนั้นไป',
  '{0} scheduled times came while the run was going on, and were skipped.':
    'ถึงกำหนดเวลา {0} รอบระหว่างการทำงาน จึงข้ามรอบเหล่านั้นไป',
  'LINE holds {0} of {1} members.': 'LINE มีสมาชิก {0} คนจาก {1} คน',
  'LINE took all {0} members, but the run ended before LINE had finished with them.':
    'LINE รับสมาชิกครบ {0} คนแล้ว แต่การทำงานจบลงก่อนที่ LINE จะประมวลผลเสร็จ',
  'The job did not wait for this run any more.': 'งานไม่ได้รอการทำงานครั้งนี้แล้ว',
  'Only a paused or failed job can be resumed.': 'เปิดใช้อีกครั้งได้เฉพาะงานที่หยุดชั่วคราวหรือล้มเหลว',
  'The job is running.': 'งานนี้กำลังทำงานอยู่',
  'The job is sleeping.': 'งานนี้กำลังรอรอบถัดไป',
  'The job is paused.': 'งานนี้หยุดชั่วคราวอยู่',
  'The job is completed.': 'งานนี้เสร็จสิ้นแล้ว',
  'The job has failed.': 'งานนี้ล้มเหลว',
  'The job is terminated.': 'งานนี้ถูกยุติแล้ว',
  'The worker is shutting down.': 'เวิร์กเกอร์กำลังปิดตัว',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    'หลังจากนั้นการทำงาน {0} ได้เขียนลงกลุ่มเป้าหมายนี้แล้ว จึงส่งไฟล์ย่อยที่เก่ากว่าของการทำงานครั้งนี้ไม่ได้',
  'Lineup met a fault of its own ({0}). Please report it.': 'Lineup เกิดข้อผิดพลาดภายใน ({0}) โปรดรายงานปัญหานี้',
  'Only an administrator may do this.': 'ทำได้เฉพาะผู้ดูแลระบบ',
  'Only an editor or an administrator may do this.': 'ทำได้เฉพาะผู้แก้ไขหรือผู้ดูแลระบบ',
  'A viewer may look at audiences of the list, and at those that a job was saved with. For a query, a path or a URL of your own, ask an editor.':
    'ผู้มีสิทธิ์ดูจะดูได้เฉพาะกลุ่มเป้าหมายในรายการและกลุ่มที่งานที่บันทึกไว้ใช้อยู่ หากต้องการใช้คิวรี พาธ หรือ URL ของตนเอง โปรดติดต่อผู้แก้ไข',
  'A viewer may preview only what a job was saved with. For anything else, ask an editor.':
    'ผู้มีสิทธิ์ดูจะดูตัวอย่างได้เฉพาะข้อมูลที่งานที่บันทึกไว้ใช้อยู่ หากต้องการดูข้อมูลอื่น โปรดติดต่อผู้แก้ไข',
  'Only somebody who has a role here may do this.': 'ทำได้เฉพาะผู้ที่มีบทบาทในระบบนี้',
  'This request comes from another site, or lacks its origin.': 'คำขอนี้มาจากเว็บไซต์อื่น หรือไม่มีข้อมูลต้นทาง',
  'Too many attempts. Wait a minute, then try again.': 'ลองหลายครั้งเกินไป โปรดรอหนึ่งนาทีแล้วลองอีกครั้ง',
  'Too many attempts have failed. Try again in {0} seconds.':
    'ลองไม่สำเร็จหลายครั้งเกินไป โปรดลองอีกครั้งในอีก {0} วินาที',
  'The current password is wrong.': 'รหัสผ่านปัจจุบันไม่ถูกต้อง',
  'This password is easy to guess. Use a longer one, or several words that do not belong together; no name, no e-mail address, no common password.':
    'รหัสผ่านนี้เดาได้ง่าย โปรดใช้รหัสที่ยาวกว่านี้ หรือใช้หลายคำที่ไม่เกี่ยวข้องกัน ห้ามใช้ชื่อ อีเมล หรือรหัสผ่านที่ใช้กันทั่วไป',
  'This user is disabled.': 'ผู้ใช้นี้ถูกปิดใช้งาน',
  'The e-mail address or the password is wrong.': 'ที่อยู่อีเมลหรือรหัสผ่านไม่ถูกต้อง',
  'Sign-in was refused.': 'การเข้าสู่ระบบถูกปฏิเสธ',
  'Sign-in failed.': 'เข้าสู่ระบบไม่สำเร็จ',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    'โปรดเข้าสู่ระบบก่อน หรือส่งโทเค็น API: Authorization: Bearer lineup_…',
  'The session has ended: sign in again.': 'เซสชันสิ้นสุดแล้ว โปรดเข้าสู่ระบบอีกครั้ง',
  'The API token is unknown, revoked or too old, or whoever made it may do nothing here any more.':
    'ระบบไม่รู้จักโทเค็น API นี้ หรือโทเค็นถูกเพิกถอนหรือหมดอายุแล้ว หรือผู้สร้างไม่มีสิทธิ์ใด ๆ ในระบบนี้แล้ว',
  'There is no user {0}.': 'ไม่มีผู้ใช้ {0}',
  'This time is past: give one that is still to come.': 'เวลานี้ผ่านไปแล้ว โปรดระบุเวลาที่ยังมาไม่ถึง',
  'Somebody has this e-mail address already.': 'มีผู้ใช้ที่อยู่อีเมลนี้แล้ว',
  'There is nothing at this address.': 'ไม่พบรายการที่ที่อยู่นี้',
  'Some of what was sent is not valid.': 'ข้อมูลที่ส่งมาบางส่วนไม่ถูกต้อง',
  'The body is too large.': 'ข้อมูลที่ส่งมามีขนาดใหญ่เกินไป',
  'The Host header of the request is missing, or names no host.': 'คำขอไม่มีส่วนหัว Host หรือส่วนหัวไม่ได้ระบุโฮสต์',
  'Too many runs are being followed at the same time. Close some of them, or ask for the run now and then instead.':
    'มีการติดตามการทำงานพร้อมกันมากเกินไป โปรดปิดบางรายการ หรือสอบถามสถานะการทำงานเป็นครั้งคราวแทน',
  'The request did not come whole in time. Send it again.': 'คำขอมาไม่ครบภายในเวลาที่กำหนด โปรดส่งอีกครั้ง',
  'The address and the headers of the request are too large.': 'ที่อยู่และส่วนหัวของคำขอใหญ่เกินไป',
  'This address is too long.': 'ที่อยู่นี้ยาวเกินไป',
  'Send JSON, with Content-Type: application/json.': 'โปรดส่ง JSON พร้อม Content-Type: application/json',
  'The request cannot be read.': 'อ่านคำขอไม่ได้',
  'Something went wrong here. The request id leads to it in the log.':
    'เกิดข้อผิดพลาดในระบบ ค้นหาได้ในบันทึกด้วยรหัสคำขอ',
  'Up to 200 printable characters.': 'อักขระที่พิมพ์ได้ไม่เกิน 200 ตัว',
  'An API token has no password.': 'โทเค็น API ไม่มีรหัสผ่าน',
  'The run has not begun yet, so there is no report.': 'การทำงานยังไม่เริ่ม จึงยังไม่มีรายงาน',
  'A path of the web app.': 'ต้องเป็นพาธของเว็บแอป',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    'ลิงก์นี้ไม่ถูกต้อง ถูกใช้ไปแล้ว ถูกแทนที่ด้วยลิงก์ใหม่ หรือหมดอายุแล้ว',
  'Single sign-on failed: begin again.': 'เข้าสู่ระบบด้วย SSO ไม่สำเร็จ โปรดเริ่มใหม่',
  'Nobody would be left who can sign in and manage the others: make somebody else an administrator first, who has set a password.':
    'จะไม่เหลือใครที่เข้าสู่ระบบและจัดการผู้อื่นได้ โปรดให้ผู้อื่นที่ตั้งรหัสผ่านแล้วเป็นผู้ดูแลระบบก่อน',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    'ไม่สามารถเปลี่ยนบทบาทหรือปิดใช้งานตนเองได้ โปรดขอให้ผู้ดูแลระบบคนอื่นดำเนินการ',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    'โปรดป้อนบัญชีโฆษณา เนื่องจากยังไม่มีงานใดใช้การเชื่อมต่อนี้ จึงไม่มีบัญชีให้ทดสอบ',
  'There is no custom audience "{0}".': 'ไม่มีกลุ่มเป้าหมายที่กำหนดเอง “{0}”',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    'งาน “{0}” อัปเดตกลุ่มเป้าหมายนี้อยู่ โปรดลบงานนั้นหรือเปลี่ยนให้ใช้กลุ่มเป้าหมายอื่นก่อน',
  'The cursor is not valid: begin again without one.': 'เคอร์เซอร์ไม่ถูกต้อง โปรดเริ่มใหม่โดยไม่ใส่เคอร์เซอร์',
  'A run of this job goes on: stop it first.': 'การทำงานของงานนี้ยังดำเนินอยู่ โปรดหยุดก่อน',
  'This authorization gives no audiences.': 'การเชื่อมต่อนี้ไม่มีกลุ่มเป้าหมายให้อ่าน',
  'Choose an authorization: this one is gone.': 'โปรดเลือกการเชื่อมต่ออื่น เนื่องจากรายการนี้ไม่มีแล้ว',
  'Choose an authorization of LINE Ads.': 'โปรดเลือกการเชื่อมต่อของ LINE Ads',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    'LINE มีกลุ่มเป้าหมายชื่อนี้อยู่แล้ว ({0}) โปรดเลือกกลุ่มนั้นหรือใช้ชื่ออื่น',
  'Ad account {0} has no audience {1}.': 'บัญชีโฆษณา {0} ไม่มีกลุ่มเป้าหมาย {1}',
  'An audience at LINE keeps its ad account and its identifier type: this change needs another audience, and {0} stays as it is. Set another_audience to true to have one made, or choose an existing one.':
    'กลุ่มเป้าหมายใน LINE เปลี่ยนบัญชีโฆษณาหรือประเภทตัวระบุไม่ได้ การเปลี่ยนแปลงนี้จึงต้องใช้กลุ่มเป้าหมายอื่น ส่วน {0} จะคงอยู่ตามเดิม โปรดตั้ง another_audience เป็น true เพื่อสร้างใหม่ หรือเลือกกลุ่มเป้าหมายที่มีอยู่',
  'The audience {0} does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'กลุ่มเป้าหมาย {0} ไม่มีอยู่ใน LINE แล้ว โปรดเลือกกลุ่มเป้าหมายอื่น หรือสร้างใหม่ (another_audience)',
  'The audience "{0}" ({1}) does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'กลุ่มเป้าหมาย “{0}” ({1}) ไม่มีอยู่ใน LINE แล้ว โปรดเลือกกลุ่มเป้าหมายอื่น หรือสร้างใหม่ (another_audience)',
  'LINE did not rename the audience, so nothing was saved.': 'LINE ไม่ได้เปลี่ยนชื่อกลุ่มเป้าหมาย จึงไม่มีการบันทึกใด ๆ',
  'Enter the name of the audience to create, in place of the id of an existing one.':
    'โปรดป้อนชื่อกลุ่มเป้าหมายที่จะสร้าง แทนรหัสของกลุ่มเป้าหมายที่มีอยู่',
  'The first run makes the audience "{0}" at LINE right now. Change it when that run has ended, or stop the run first.':
    'การทำงานครั้งแรกกำลังสร้างกลุ่มเป้าหมาย “{0}” ใน LINE โปรดเปลี่ยนเมื่อการทำงานสิ้นสุด หรือหยุดการทำงานก่อน',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    'กลุ่มเป้าหมาย “{0}” เป็นประเภท {1} ซึ่งใช้ตัวระบุประเภทอื่น โปรดเลือกกลุ่มเป้าหมายอื่น',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    'งาน “{0}” อัปเดตกลุ่มเป้าหมายนี้อยู่แล้ว หากใช้สองงาน ข้อมูลจะเขียนทับกัน',
  '{0} is inside this network. Lineup connects to port {1} there only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} อยู่ภายในเครือข่ายนี้ Lineup จะเชื่อมต่อพอร์ต {1} ของโฮสต์นี้ก็ต่อเมื่อผู้ดูแลระบบเพิ่มไว้ใน “โฮสต์ภายในเครือข่าย” ในการตั้งค่า',
  '{0} is a Unix socket of this machine. Lineup uses it only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} เป็นซ็อกเก็ต Unix ของเครื่องนี้ Lineup จะใช้ก็ต่อเมื่อผู้ดูแลระบบเพิ่มไว้ใน “โฮสต์ภายในเครือข่าย” ในการตั้งค่า',
  'The message was taken.': 'ปลายทางรับข้อความแล้ว',
  'Test message': 'ข้อความทดสอบ',
  'This is a test message. Lineup will send its notifications here.':
    'นี่คือข้อความทดสอบ Lineup จะส่งการแจ้งเตือนมาที่นี่',
  'The job “{0}” failed': 'งาน “{0}” ล้มเหลว',
  'The job “{0}” failed. It does not run again by itself.': 'งาน “{0}” ล้มเหลว และจะไม่ทำงานอีกโดยอัตโนมัติ',
  'The other system’s reason: {0}': 'เหตุผลจากระบบอีกฝั่ง: {0}',
  'The job “{0}” waits': 'งาน “{0}” กำลังรอแก้ไขสาเหตุ',
  'The job “{0}” cannot run at the moment. Nothing was sent. It goes on by itself when the cause is gone.':
    'งาน “{0}” ทำงานไม่ได้ในขณะนี้ และยังไม่ได้ส่งข้อมูลใด เมื่อแก้ไขสาเหตุแล้วงานจะทำต่อโดยอัตโนมัติ',
  'Set the clock of the machine on which Lineup runs (NTP).':
    'โปรดตั้งนาฬิกาของเครื่องที่ Lineup ทำงานอยู่ให้ตรง (NTP)',
  'Verify the authorization, or enter new credentials.': 'โปรดตรวจสอบการเชื่อมต่อ หรือป้อนข้อมูลรับรองใหม่',
  'The job “{0}” stopped before it sent anything, because its new list is much smaller than the audience, or nobody knows how large the audience is. The audience at LINE was not changed.':
    'งาน “{0}” หยุดก่อนส่งข้อมูล เพราะรายชื่อใหม่เล็กกว่ากลุ่มเป้าหมายมาก หรือไม่ทราบขนาดของกลุ่มเป้าหมาย กลุ่มเป้าหมายใน LINE จึงไม่เปลี่ยนแปลง',
  'The job “{0}” has nothing to send': 'งาน “{0}” ไม่มีข้อมูลที่จะส่ง',
  'The job “{0}” stopped before it sent anything, because its new list is empty. The audience at LINE was not changed.':
    'งาน “{0}” หยุดก่อนส่งข้อมูล เพราะรายชื่อใหม่ว่างเปล่า กลุ่มเป้าหมายใน LINE จึงไม่เปลี่ยนแปลง',
  'Check the source, and run the job again.': 'โปรดตรวจสอบแหล่งข้อมูล แล้วสั่งให้งานทำงานอีกครั้ง',
  'The audience of “{0}” is incomplete at LINE': 'กลุ่มเป้าหมายของ “{0}” ใน LINE ไม่ครบ',
  'Let the job continue, or run it again. Any run that succeeds makes the audience whole.':
    'โปรดให้งานทำต่อ หรือสั่งให้ทำงานอีกครั้ง เมื่อการทำงานสำเร็จ กลุ่มเป้าหมายจะครบถ้วน',
  'The job “{0}” needs your approval': 'งาน “{0}” รอการยืนยัน',
  'Check the source. If the new list is right, run the job anyway on its page. If not, correct the source and run the job again.':
    'โปรดตรวจสอบแหล่งข้อมูล หากรายชื่อใหม่ถูกต้อง ให้เลือก “ยืนยันให้ทำงาน” ในหน้าของงาน หากไม่ถูกต้อง ให้แก้ไขแหล่งข้อมูลแล้วสั่งให้งานทำงานอีกครั้ง',
  'The job “{0}” works again': 'งาน “{0}” กลับมาทำงานตามปกติ',
  'The job “{0}” succeeded again.': 'งาน “{0}” สำเร็จอีกครั้งแล้ว',
  'The job “{0}” is late': 'งาน “{0}” ล่าช้า',
  'The run of “{0}” that was due at {1} has not ended. It is still running, waits for its turn, or will be tried again.':
    'การทำงานของ “{0}” ที่กำหนดไว้เวลา {1} ยังไม่เสร็จ อาจกำลังทำงานอยู่ รอคิว หรือรอลองใหม่',
  'LINE matched nobody for “{0}”': 'LINE จับคู่สมาชิกของ “{0}” ไม่ได้เลย',
  'LINE accepted the members of “{0}”, but matched none of them to its users.':
    'LINE รับสมาชิกของ “{0}” แล้ว แต่จับคู่กับผู้ใช้ LINE ไม่ได้เลย',
  'The authorization “{0}” does not work any more': 'การเชื่อมต่อ “{0}” ใช้งานไม่ได้แล้ว',
  'Lineup cannot use “{0}”. Jobs that need it cannot run.':
    'ใช้การเชื่อมต่อ “{0}” ไม่ได้ งานที่ใช้การเชื่อมต่อนี้จึงทำงานไม่ได้',
  'Put the cause right, then open the authorization and verify it.':
    'เมื่อแก้ไขสาเหตุแล้ว โปรดเปิดการเชื่อมต่อนี้แล้วตรวจสอบอีกครั้ง',
  'The job “{0}” succeeded': 'งาน “{0}” สำเร็จ',
  'The job “{0}” succeeded.': 'งาน “{0}” สำเร็จแล้ว',
  'The job “{0}” succeeded. Its list has {1} members.': 'งาน “{0}” สำเร็จแล้ว รายชื่อมีสมาชิก {1} คน',
  'Lineup could not send it ({0}).': 'Lineup ส่งไม่ได้ ({0})',
  'It answered with HTTP {0}.': 'ปลายทางตอบกลับด้วย HTTP {0}',
  'The mail server answered with {0} ({1}).': 'เซิร์ฟเวอร์อีเมลตอบกลับด้วย {0} ({1})',
  'It took too long to answer.': 'ปลายทางใช้เวลาตอบกลับนานเกินไป',
  'It could not be reached or talked to ({0}).': 'ติดต่อปลายทางไม่ได้ ({0})',
  'Files need no authorization.': 'ไฟล์ไม่ต้องใช้การเชื่อมต่อ',
  'Lytics accepts the token, and shows one audience.': 'Lytics ยอมรับโทเค็น และมีกลุ่มเป้าหมาย 1 กลุ่ม',
  'Lytics accepts the token, and shows {0} audiences.': 'Lytics ยอมรับโทเค็น และมีกลุ่มเป้าหมาย {0} กลุ่ม',
  'PostgreSQL {0}: one table or view can be read in {1}.': 'PostgreSQL {0}: อ่านตารางหรือวิวใน {1} ได้หนึ่งรายการ',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}: อ่านตารางและวิวใน {2} ได้ {1} รายการ',
  'This user may only read.': 'ผู้ใช้นี้อ่านได้อย่างเดียว',
  'A user that may only read is safer: the manual has the SQL for one.':
    'ผู้ใช้ที่อ่านได้อย่างเดียวปลอดภัยกว่า คู่มือมี SQL สำหรับสร้างผู้ใช้แบบนี้',
  'This user is a superuser: a query could do anything at the server, also outside of its READ ONLY transaction.':
    'ผู้ใช้นี้เป็น superuser คิวรีจึงทำได้ทุกอย่างบนเซิร์ฟเวอร์ รวมถึงนอกทรานแซกชันแบบ READ ONLY',
  'This user has the attributes {0}.': 'ผู้ใช้นี้มีแอตทริบิวต์ {0}',
  'This user is a member of {0}.': 'ผู้ใช้นี้เป็นสมาชิกของ {0}',
  'This user may change the table {0}.': 'ผู้ใช้นี้แก้ไขตาราง {0} ได้',
  'This user may change {0} tables, for example {1}.': 'ผู้ใช้นี้แก้ไขได้ {0} ตาราง เช่น {1}',
  'This user may create schemas in this database.': 'ผู้ใช้นี้สร้างสคีมาในฐานข้อมูลนี้ได้',
  'This user may create tables and functions in {0}.': 'ผู้ใช้นี้สร้างตารางและฟังก์ชันใน {0} ได้',
  'This user may call dblink, which opens connections outside of the READ ONLY transaction.':
    'ผู้ใช้นี้เรียก dblink ได้ ซึ่งเปิดการเชื่อมต่อนอกทรานแซกชันแบบ READ ONLY',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    'การเชื่อมต่อนี้ใช้อยู่ใน {0} โปรดลบงานเหล่านั้นหรือเปลี่ยนให้ใช้การเชื่อมต่ออื่นก่อน',
  'This idempotency key was used for another request: send a new one.':
    'คีย์ idempotency นี้ถูกใช้กับคำขออื่นแล้ว โปรดส่งคีย์ใหม่',
  'The first request with this idempotency key is still being worked on.':
    'คำขอแรกที่ใช้คีย์ idempotency นี้ยังดำเนินการอยู่',
  'There is no such authorization: it may have been deleted just now.': 'ไม่มีการเชื่อมต่อนี้ อาจเพิ่งถูกลบไป',
  'Another worker has taken this over.': 'เวิร์กเกอร์อื่นรับช่วงต่อแล้ว',
  'Another worker has taken this run over.': 'เวิร์กเกอร์อื่นรับช่วงการทำงานครั้งนี้ต่อแล้ว',
  'There is no API token "{0}".': 'ไม่มีโทเค็น API “{0}”',
  'There is no authorization "{0}".': 'ไม่มีการเชื่อมต่อ “{0}”',
  'There is no job "{0}".': 'ไม่มีงาน “{0}”',
  'There is no notification channel "{0}".': 'ไม่มีช่องทางแจ้งเตือน “{0}”',
  'There is no run "{0}".': 'ไม่มีการทำงาน “{0}”',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    'มีผู้อื่นแก้ไขรายการนี้ในระหว่างนี้ โปรดตรวจสอบอีกครั้งก่อนบันทึก',
  'The run {0} was begun before.': 'การทำงาน {0} เริ่มไปก่อนแล้ว',
  'The run {0} has not begun.': 'การทำงาน {0} ยังไม่เริ่ม',
  'The run {0} is going on in another worker.': 'การทำงาน {0} กำลังดำเนินอยู่ในเวิร์กเกอร์อื่น',
  'The run {0} was stopped before its worker began.': 'การทำงาน {0} ถูกหยุดก่อนที่เวิร์กเกอร์จะเริ่ม',
  'The database cannot be reached at the moment. Try again in a while.':
    'ขณะนี้เชื่อมต่อฐานข้อมูลไม่ได้ โปรดลองใหม่ภายหลัง',
  'The disk of the database is full. Free some space there.': 'ดิสก์ของฐานข้อมูลเต็ม โปรดเพิ่มพื้นที่ว่าง',
  'The database did not give or take the key of the run’s staged chunks.':
    'ฐานข้อมูลอ่านหรือบันทึกคีย์ของไฟล์ย่อยที่การทำงานนี้เตรียมไว้ไม่ได้',
  'The database did not take an entry of the run’s journal.': 'ฐานข้อมูลไม่รับรายการในลำดับเหตุการณ์ของการทำงาน',
  'There is no file {0} that may be exported.': 'ไม่มีไฟล์ {0} ที่ส่งออกได้',
  '{0} is not read: it is not called as files of members are ({1}). Rename it, or give a copy.':
    'ระบบไม่อ่าน {0} เพราะนามสกุลไม่ใช่ของไฟล์สมาชิก ({1}) โปรดเปลี่ยนชื่อหรือใช้สำเนา',
  '{0} is not the file any more that was looked for: something else has taken its place. Try again.':
    '{0} ไม่ใช่ไฟล์เดิมที่ค้นหาแล้ว เพราะมีไฟล์อื่นมาแทนที่ โปรดลองอีกครั้ง',
  '{0} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself ({1}, the data directory, the uploads).':
    'เปิด {0} ให้ส่งออกไม่ได้ เพราะเป็นหรืออยู่ในโฟลเดอร์ของระบบหรือของ Lineup เอง ({1}, ไดเรกทอรีข้อมูล, ไดเรกทอรีอัปโหลด)',
  '{0} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.':
    '{0} มีข้อมูลอื่นนอกจากไฟล์ส่งออกอยู่มาก ผู้ที่แก้ไขงานได้จะอ่านตารางทั้งหมดในนั้นได้ โปรดเปิดโฟลเดอร์ที่มีเฉพาะไฟล์ส่งออก',
  '{0} contains {1}, which is Lineup’s own. That stays closed.': '{0} มี {1} ซึ่งเป็นของ Lineup เอง ส่วนนั้นจะไม่เปิด',
  'of this run': 'ของการทำงานครั้งนี้',
  'the PostgreSQL database': 'ฐานข้อมูล PostgreSQL',
  'The PostgreSQL database': 'ฐานข้อมูล PostgreSQL',
  'This host': 'โฮสต์นี้',
  'This place': 'ตำแหน่งนี้',
  'its origin': 'ที่อยู่หลัก',
  'the data directory': 'ไดเรกทอรีข้อมูล',
  'the uploads directory': 'ไดเรกทอรีอัปโหลด',
  'another one': 'อีกไดเรกทอรีหนึ่ง',
  'another place': 'อีกที่หนึ่ง',
  'the URLs that an administrator has chosen': 'URL ที่ผู้ดูแลระบบเลือกไว้',
  'those that an administrator has chosen': 'ที่ผู้ดูแลระบบเลือกไว้',
  'No folder is open to exports: an administrator can change that in the settings.':
    'ยังไม่มีโฟลเดอร์ที่เปิดให้ส่งออก ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    'โฟลเดอร์ที่เปิดให้ส่งออกมีเพียง {0} ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    'ไม่มีไฟล์ {0} ที่ส่งออกได้ โปรดระบุด้วยพาธแบบเต็ม หรือเลือกจากรายการ',
  '{0} names more than {1} files.': 'มีไฟล์ที่ตรงกับ {0} มากกว่า {1} ไฟล์',
  '{0} stands for more than {1} patterns. Write * in place of so many alternatives in braces.':
    '{0} ขยายออกเป็นมากกว่า {1} รูปแบบ โปรดใช้ * แทนการใส่ตัวเลือกจำนวนมากในวงเล็บปีกกา',
  '{0} leads through more than {1} folders. Name a folder that is nearer to the files.':
    '{0} ต้องผ่านโฟลเดอร์มากกว่า {1} ชั้น โปรดระบุโฟลเดอร์ที่ใกล้กับไฟล์มากขึ้น',
  'Too many files and folders would have to be looked at for {0}. Name a folder that is nearer to the files.':
    'การค้นหา {0} ต้องตรวจไฟล์และโฟลเดอร์มากเกินไป โปรดระบุโฟลเดอร์ที่ใกล้กับไฟล์มากขึ้น',
  'No audience can be read from "{0}".': 'อ่านกลุ่มเป้าหมายจาก “{0}” ไม่ได้',
  'The source of this run cannot be opened again.': 'เปิดแหล่งข้อมูลของการทำงานครั้งนี้อีกครั้งไม่ได้',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    'แหล่งข้อมูลไม่มีสมาชิก จึงไม่ได้ส่งข้อมูลใด และกลุ่มเป้าหมายใน LINE ยังเหมือนเดิม',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    'ค่าของ “{1}” ใช้ไม่ได้เลยทั้ง {0} ค่า จึงไม่ได้ส่งข้อมูลใด และกลุ่มเป้าหมายใน LINE ยังเหมือนเดิม',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    'โปรดตรวจสอบแหล่งข้อมูลและคอลัมน์ รวมถึงดูว่าค่าในคอลัมน์ตรงกับประเภทตัวระบุ ระบบจะไม่ส่งผลลัพธ์ที่ว่างเปล่า',
  'The audience would shrink from {0} to {1}, by {2}: more than the {3} allowed, so nothing was sent.':
    'กลุ่มเป้าหมายจะเล็กลงจาก {0} เหลือ {1} คน ลดลง {2} ซึ่งเกิน {3} ที่อนุญาต จึงไม่ได้ส่งข้อมูลใด',
  '{0} members (run {1}, {2})': 'สมาชิก {0} คน (การทำงาน {1} เมื่อ {2})',
  'about {0} members (LINE’s upload jobs)': 'สมาชิกประมาณ {0} คน (ตามงานอัปโหลดของ LINE)',
  'at least {0} members (LINE’s estimate)': 'สมาชิกอย่างน้อย {0} คน (ค่าประมาณของ LINE)',
  'at most {0} members (LINE’s estimate)': 'สมาชิกไม่เกิน {0} คน (ค่าประมาณของ LINE)',
  'Nothing tells how many members the audience holds, so nothing was sent: replacing them with {0} could take many away.':
    'ไม่มีข้อมูลว่ากลุ่มเป้าหมายมีสมาชิกกี่คน จึงไม่ได้ส่งข้อมูลใด การแทนที่ด้วย {0} คนอาจทำให้สมาชิกจำนวนมากหายไป',
  'Lineup has not replaced it before, LINE lists no upload with a count, and LINE gives no estimate.':
    'Lineup ไม่เคยแทนที่กลุ่มเป้าหมายนี้มาก่อน LINE ไม่มีรายการอัปโหลดที่บอกจำนวน และไม่มีค่าประมาณ',
  'Members travel encrypted: enter https://, or first list {0} under “Hosts inside your network”.':
    'ข้อมูลสมาชิกต้องส่งแบบเข้ารหัส โปรดป้อน https:// หรือเพิ่ม {0} ใน “โฮสต์ภายในเครือข่าย” ก่อน',
  'Members travel encrypted: {0} can be read by http:// only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    'ข้อมูลสมาชิกต้องส่งแบบเข้ารหัส จะอ่าน {0} ผ่าน http:// ได้ก็ต่อเมื่อผู้ดูแลระบบเพิ่มไว้ใน “โฮสต์ภายในเครือข่าย” ในการตั้งค่า',
  'Enter a host, an address or a network, with a port or without, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.':
    'โปรดป้อนโฮสต์ ที่อยู่ หรือเครือข่าย จะระบุพอร์ตหรือไม่ก็ได้ เช่น db.corp.example:5432, 10.0.0.7 หรือ 10.0.0.0/8 หรือพาธแบบเต็มของซ็อกเก็ต Unix',
  'This URL is of a folder: name a file in it.': 'URL นี้เป็นของโฟลเดอร์ โปรดระบุไฟล์ในโฟลเดอร์นั้น',
  '{0} may not be exported.': 'ส่งออก {0} ไม่ได้',
  'No URL is open to exports: an administrator can change that in the settings.':
    'ยังไม่มี URL ที่เปิดให้ส่งออก ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    'ส่งออกได้เฉพาะสิ่งที่อยู่ภายใต้ {0} ผู้ดูแลระบบเปลี่ยนได้ในการตั้งค่า',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    'เซิร์ฟเวอร์ส่งต่อไปยัง {0} ซึ่งไม่อยู่ภายใต้ URL ที่เปิดให้ส่งออก ผู้ดูแลระบบเปิดได้ในการตั้งค่า',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    'โปรดป้อน URL แบบเต็มของไฟล์สมาชิกที่จะส่งออก เช่น https://files.example.com/exports/members.csv',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    'โปรดอย่าใส่ชื่อผู้ใช้และรหัสผ่านใน URL เพราะจะถูกเก็บแบบเปิดเผย',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    'โปรดตัด ? หรือ # และข้อความที่ตามมาออก เพราะลายเซ็นและโทเค็นในส่วนนั้นจะถูกเก็บแบบเปิดเผยและหมดอายุได้ ไฟล์ต้องมี URL ที่ไม่เปลี่ยนแปลง',
  'The path of the URL is not a plain one in UTF-8.': 'พาธของ URL ไม่ใช่พาธธรรมดาแบบ UTF-8',
  'Give the file’s name.': 'โปรดระบุชื่อไฟล์',
  'Give the file’s name alone, without a path.': 'โปรดระบุเฉพาะชื่อไฟล์โดยไม่มีพาธ',
  'The transfer stopped.': 'ไม่มีข้อมูลส่งมาอีก',
  'Send the file as the body, with Content-Type: {0}.': 'โปรดส่งไฟล์เป็นเนื้อหาของคำขอ พร้อม Content-Type: {0}',
  'There is no upload "{0}".': 'ไม่มีไฟล์ที่อัปโหลด “{0}”',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    'ไฟล์นี้ถูกใช้โดย {0} โปรดเปลี่ยนงานเหล่านั้นไปใช้ไฟล์อื่น หรือลบงานก่อน',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    'ไฟล์ที่อัปโหลดไม่เหมือนตอนที่บันทึก เนื้อหาบนดิสก์ถูกเปลี่ยนหรือขาดหาย โปรดอัปโหลดอีกครั้ง',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    'ไม่พบไฟล์ที่อัปโหลดบนเครื่องนี้ ทุกโปรเซสของบริการต้องใช้ไดเรกทอรีอัปโหลดเดียวกัน ซึ่งบนเครื่องนี้คือ {0} (LINEUP_UPLOADS_DIR)',
  'The uploaded file cannot be read in {0}.': 'อ่านไฟล์ที่อัปโหลดใน {0} ไม่ได้',
  'The upload broke off: nothing of it is kept.': 'การอัปโหลดหยุดกลางคัน และไม่มีการเก็บข้อมูลใดไว้',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    'ไฟล์ใหญ่กว่า {0} ที่บริการนี้รับได้ โปรดบีบอัดไฟล์ (gzip หรือ Zstandard) หรือติดต่อผู้ดูแลระบบเพื่อเพิ่ม LINEUP_UPLOAD_MAX_MB หรือเปิดโฟลเดอร์บนเซิร์ฟเวอร์ให้ส่งออก',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    'ดิสก์ของบริการนี้มีพื้นที่ไม่พอสำหรับไฟล์ เหลือใช้ได้ {0} โปรดลบไฟล์ที่อัปโหลดไว้ซึ่งไม่ใช้แล้ว หรือติดต่อผู้ดูแลระบบ',
  'The format of the file cannot be told. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    'ไม่ทราบรูปแบบของไฟล์ Lineup อ่านได้เฉพาะ CSV, TSV, สมุดงาน Excel (.xlsx), NDJSON (.ndjson, .jsonl), Parquet และไฟล์หนึ่งค่าต่อบรรทัด (.txt) โดยทุกแบบยกเว้น Parquet ใช้ .gz หรือ .zst ได้ด้วย',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    'งาน “{0}” เปิดอัปเดตต่อเนื่องไว้ จึงอ่านไฟล์นี้ใหม่ทุกครั้งที่ทำงาน โปรดเก็บไฟล์ไว้',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    'ไม่มีไฟล์ที่อัปโหลด ({0}) แล้ว ไฟล์ถูกลบหลังการทำงานหรือถูกผู้ใช้ลบ หรืออัปโหลดไว้ที่ระบบอื่น โปรดอัปโหลดอีกครั้งแล้วเลือกไฟล์ในงาน',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    'งานที่อัปเดตต่อเนื่องจะอ่านไฟล์ใหม่ทุกครั้งที่ทำงาน แต่ไฟล์นี้จะถูกลบหลังครั้งแรก โปรดเลือกเก็บไฟล์ไว้',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    'ไม่มีไฟล์ที่อัปโหลดของงานนี้แล้ว โปรดอัปโหลดอีกครั้งแล้วเลือกไฟล์ในงาน',
  'Ad account {0} has no custom audience {1}.': 'บัญชีโฆษณา {0} ไม่มีกลุ่มเป้าหมายที่กำหนดเอง {1}',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    'กลุ่มเป้าหมายที่กำหนดเอง {0} ({1}) เป็นประเภท {2} แต่ประเภทตัวระบุนี้ต้องใช้ {3} ประเภทของกลุ่มเป้าหมายเปลี่ยนไม่ได้ โปรดเลือกกลุ่มเป้าหมายอื่นหรือสร้างใหม่',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINE มีกลุ่มเป้าหมายที่กำหนดเอง “{0}” อยู่แล้ว (รหัส {1}) โปรดใช้กลุ่มนั้นหรือเลือกชื่ออื่น',
  'LINE answers.': 'LINE ตอบกลับ',
  'LINE accepts the access key and the secret key.': 'LINE ยอมรับ Access Key และ Secret Key',
  'Ad account {0} is authorised.': 'ใช้บัญชีโฆษณา {0} ได้',
  'The role of the key may upload audiences.': 'บทบาทของคีย์นี้อัปโหลดกลุ่มเป้าหมายได้',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    'บทบาทของคีย์นี้อัปโหลดไม่ได้ LINE ต้องให้บทบาท Data Provider (General)',
  'Custom audience {0} "{1}" is there: {2}, {3}.': 'มีกลุ่มเป้าหมายที่กำหนดเอง {0} “{1}”: {2}, {3}',
  'Not known, because of the failure above.': 'ไม่ทราบผล เนื่องจากปัญหาข้างต้น',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'นาฬิกาของเครื่องนี้ช้ากว่าของ LINE {0} นาที หากต่างกันตั้งแต่ 15 นาที LINE จะปฏิเสธ โปรดตั้งเวลาให้ตรง (NTP)',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'นาฬิกาของเครื่องนี้เร็วกว่าของ LINE {0} นาที หากต่างกันตั้งแต่ 15 นาที LINE จะปฏิเสธ โปรดตั้งเวลาให้ตรง (NTP)',
  'The clock agrees with LINE’s.': 'นาฬิกาตรงกับของ LINE',
  'The clock is {0} s behind LINE’s, which is near enough.': 'นาฬิกาช้ากว่าของ LINE {0} วินาที ซึ่งอยู่ในเกณฑ์ที่ใช้ได้',
  'The clock is {0} s ahead of LINE’s, which is near enough.': 'นาฬิกาเร็วกว่าของ LINE {0} วินาที ซึ่งอยู่ในเกณฑ์ที่ใช้ได้',
  'LINE could not be reached: {0} ({1}).': 'เชื่อมต่อ LINE ไม่ได้: {0} ({1})',
  'The connection to LINE broke: {0} ({1}).': 'การเชื่อมต่อกับ LINE ขาดหาย: {0} ({1})',
  'LINE did not answer in time.': 'LINE ไม่ตอบกลับภายในเวลาที่กำหนด',
  'LINE answered {0}, but its answer cannot be read.': 'LINE ตอบกลับ {0} แต่อ่านคำตอบไม่ได้',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    'อ่านไฟล์ย่อยที่เตรียมไว้ไม่ได้แล้ว หรือไฟล์ถูกเปลี่ยนแปลงระหว่างส่ง',
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
    'การทำงาน {0} ทำต่อไม่ได้ เพราะหลังจากนั้นการทำงาน {1} ได้เขียนลงกลุ่มเป้าหมาย {2} แล้ว หากส่งไฟล์ย่อยที่เก่ากว่า ข้อมูลสมาชิกใหม่จะเสียหาย โปรดสั่งส่งออกอีกครั้ง',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    'การทำงาน {0} สิ้นสุดก่อนอ่านแหล่งข้อมูลจนจบ และอ่าน {1} อีกครั้งไม่ได้ โปรดสั่งส่งออกอีกครั้ง',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    'ไฟล์ย่อยที่เตรียมไว้ของการทำงานครั้งนี้หายไป และอ่านแหล่งข้อมูลอีกครั้งไม่ได้ โปรดสั่งส่งออกอีกครั้ง',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    'ไฟล์ย่อยที่การทำงานครั้งนี้เตรียมไว้หายไป และแหล่งข้อมูลเปลี่ยนไปแล้ว จึงทำต่อจากเดิมไม่ได้ โปรดสั่งส่งออกอีกครั้ง การแทนที่จะทำให้กลุ่มเป้าหมายครบถ้วน',
  'The staged chunks of this run are gone, and a new scan gives other ones: the source has changed since, or version {0} of the identifier rules, which is used now, reads it in another way than version {1} did. Run the export again: a replace makes the audience whole.':
    'ไฟล์ย่อยที่การทำงานครั้งนี้เตรียมไว้หายไป และการอ่านใหม่ได้ผลต่างจากเดิม เพราะแหล่งข้อมูลเปลี่ยนไปแล้ว หรือกฎตัวระบุเวอร์ชัน {0} ที่ใช้อยู่ตอนนี้อ่านข้อมูลต่างจากเวอร์ชัน {1} โปรดสั่งส่งออกอีกครั้ง การแทนที่จะทำให้กลุ่มเป้าหมายครบถ้วน',
  'Interrupted: nothing was sent to LINE.': 'ถูกขัดจังหวะ: ยังไม่ได้ส่งข้อมูลใดไปยัง LINE',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    'ถูกขัดจังหวะ: LINE ประมวลผลเสร็จ {0} จาก {1} ไฟล์ย่อย กลุ่มเป้าหมายจะยังไม่ครบจนกว่าจะทำต่อ',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    'พื้นที่ใน {0} ไม่พอสำหรับไฟล์ย่อยที่เตรียมไว้ ไฟล์ย่อยของการทำงานครั้งนี้จึงถูกลบแล้ว โปรดเพิ่มพื้นที่ว่าง (65 ไบต์ต่อสมาชิกหนึ่งคน) แล้วเริ่มใหม่',
  'The staged chunks could not be written to {0} ({1}).': 'เขียนไฟล์ย่อยที่เตรียมไว้ลงใน {0} ไม่ได้ ({1})',
  'The staging worker was stopped.': 'เวิร์กเกอร์ที่เตรียมข้อมูลถูกหยุด',
  'The staging worker failed.': 'เวิร์กเกอร์ที่เตรียมข้อมูลขัดข้อง',
  'The staging worker stopped.': 'เวิร์กเกอร์ที่เตรียมข้อมูลหยุดทำงาน',
  'Staging was interrupted.': 'การเตรียมข้อมูลถูกขัดจังหวะ',
  'The lines that were staged before did not come out the same.': 'ข้อมูลที่เตรียมใหม่ไม่ตรงกับที่เตรียมไว้ก่อนหน้า',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    'ไฟล์ย่อยต้องรองรับได้อย่างน้อยหนึ่งรายการขนาด {0} ไบต์ ไม่ใช่ {1} รายการ และ {2} ไบต์',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    'แหล่งข้อมูลมีสมาชิกมากกว่าที่การทำงานครั้งเดียวรองรับ (ประมาณ 350 ล้านคน) โปรดแบ่งแหล่งข้อมูลแล้วส่งเพิ่มทีละส่วน',
  'The source gave a value without saying whose it is.': 'แหล่งข้อมูลให้ค่าที่ไม่ได้ระบุว่าเป็นของใคร',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    'ประเทศเริ่มต้น {0} ไม่มีหมายเลขโทรศัพท์ โปรดระบุตัวอักษรสองตัว เช่น JP, TW หรือ TH',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    'อ่านไฟล์ย่อยที่เตรียมไว้ {0} ไม่ได้แล้ว จึงไม่ได้ส่ง โปรดสั่งส่งออกอีกครั้ง',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    'ไฟล์ย่อยที่เตรียมไว้ {0} ไม่ตรงกับที่การทำงานครั้งนี้เขียนไว้ จึงไม่ได้ส่ง โปรดสั่งส่งออกอีกครั้ง',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINE รับไฟล์ย่อยที่ {0} จาก {1} แล้ว แต่งานของ LINE ยังไม่สิ้นสุด ({2}) หลังผ่านไป {3} นาที โปรดสั่งทำต่อภายหลัง การทำงานจะรองานเดิม',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINE ยังประมวลผลการอัปโหลดอื่นของกลุ่มเป้าหมาย {0} อยู่ ({1}, {2}) จึงไม่ได้ส่งข้อมูลใด โปรดทำต่อภายหลัง',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    'งานอัปโหลดของ LINE สำหรับไฟล์ย่อยที่ {0} จาก {1} ล้มเหลว: {2}',
  'LINE’s upload job for chunk {0} of {1} failed.': 'งานอัปโหลดของ LINE สำหรับไฟล์ย่อยที่ {0} จาก {1} ล้มเหลว',
  'The audience holds chunks 1 to {0} of {1} for now.': 'ขณะนี้กลุ่มเป้าหมายมีไฟล์ย่อยที่ 1 ถึง {0} จาก {1}',
  'Continue the run to send the chunk again. If it fails again, ask LINE with the ID of the job.':
    'โปรดสั่งให้การทำงานทำต่อเพื่อส่งไฟล์ย่อยนี้อีกครั้ง หากล้มเหลวอีก โปรดสอบถาม LINE พร้อมแจ้งรหัสของงาน',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    'หมายเลขโทรศัพท์ {0} หมายเลขขึ้นต้นด้วย 0 จึงไม่มีรหัสประเทศ และ LINE แทบจะจับคู่ไม่ได้',
  '{0} values look like numbers that a spreadsheet has damaged: {1} ended in .0 and were repaired, {2} have an exponent such as E+11, so their last digits are lost and they were skipped.':
    'มี {0} ค่าที่ดูเหมือนหมายเลขซึ่งเสียหายจากโปรแกรมสเปรดชีต: {1} ค่าลงท้ายด้วย .0 และได้แก้ไขแล้ว ส่วนอีก {2} ค่ามีเลขยกกำลัง เช่น E+11 ตัวเลขท้ายจึงหายไปและถูกข้าม',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    'คอลัมน์นี้มีค่าที่แฮชไว้แล้ว {0} ค่า ปนกับค่าที่ยังไม่ได้แฮช {1} ค่า ค่าที่แฮชไว้แล้วจะส่งตามเดิม โปรดตรวจสอบว่าได้ปรับรูปแบบก่อนแฮช',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    'แฮช {0} ค่าเป็นตัวพิมพ์ใหญ่และจะส่งตามเดิม แต่ตัวอย่างของ LINE เป็นตัวพิมพ์เล็ก หากจับคู่ไม่ได้เลย ให้เขียนเป็นตัวพิมพ์เล็ก',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    'ส่งรหัสโฆษณา {0} รายการแบบแฮช แต่เอกสารของ LINE ระบุให้ใช้ค่าที่ไม่แฮช',
  'LINE finished with the remark {0} (chunks: {1}).': 'LINE ประมวลผลเสร็จพร้อมหมายเหตุ {0} (ไฟล์ย่อยที่: {1})',
  'LINE processed {0} of the {1} records (chunks: {2}).': 'LINE ประมวลผล {0} จาก {1} รายการ (ไฟล์ย่อยที่: {2})',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINE แสดงสถานะกลุ่มเป้าหมายเป็น {0} ขนาดโดยประมาณ {1} คือยังจับคู่กับผู้ใช้ไม่ได้เลย',
  'Hashed advertising ids may be the cause: try raw ones.': 'อาจเกิดจากการแฮชรหัสโฆษณา โปรดลองใช้ค่าที่ไม่แฮช',
  'Check that the field holds what the identifier type says.': 'โปรดตรวจสอบว่าคอลัมน์ตรงกับประเภทตัวระบุ',
  'LINE does not accept this access key and secret key together. Check both.':
    'LINE ไม่ยอมรับ Access Key และ Secret Key คู่นี้ โปรดตรวจสอบทั้งสองค่า',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    'บทบาทของ Access Key นี้ไม่มีสิทธิ์ดำเนินการนี้ การอัปโหลดต้องใช้บทบาท Data Provider (General)',
  'The ad account has not been linked to your group.': 'บัญชีโฆษณานี้ยังไม่ได้เชื่อมกับกลุ่มของคุณ',
  'Check the ad account id.': 'โปรดตรวจสอบรหัสบัญชีโฆษณา',
  'Check the group id.': 'โปรดตรวจสอบรหัสกลุ่ม',
  'The ad account has no such custom audience.': 'บัญชีโฆษณานี้ไม่มีกลุ่มเป้าหมายที่กำหนดเองดังกล่าว',
  'The name is too long; LINE takes 120 characters.': 'ชื่อยาวเกินไป LINE รับได้ 120 อักขระ',
  'A custom audience of this name exists already; use its id.':
    'มีกลุ่มเป้าหมายที่กำหนดเองชื่อนี้อยู่แล้ว โปรดใช้รหัสของกลุ่มนั้น',
  'The ad account holds as many custom audiences as LINE allows.':
    'บัญชีโฆษณานี้มีกลุ่มเป้าหมายที่กำหนดเองครบตามที่ LINE อนุญาตแล้ว',
  'An ad group still targets it.': 'ยังมีกลุ่มโฆษณาที่ใช้กลุ่มเป้าหมายนี้',
  'A lookalike audience is still made from it.': 'ยังมีกลุ่มเป้าหมายที่คล้ายกันซึ่งสร้างจากกลุ่มนี้',
  'The source audience matches too few people.': 'กลุ่มเป้าหมายต้นทางจับคู่กับผู้ใช้ได้น้อยเกินไป',
  'The lines of the file are not in the form of its identifier type.':
    'แต่ละบรรทัดในไฟล์ไม่ตรงรูปแบบของประเภทตัวระบุ',
  'The file has too many lines; send it in smaller parts.': 'ไฟล์มีจำนวนบรรทัดมากเกินไป โปรดแบ่งส่งเป็นส่วนย่อย',
  'The file is empty.': 'ไฟล์ว่างเปล่า',
  'The file is too large; LINE takes 60 MiB.': 'ไฟล์มีขนาดใหญ่เกินไป LINE รับได้ 60 MiB',
  'LINE is processing this audience; try again later.': 'LINE กำลังประมวลผลกลุ่มเป้าหมายนี้ โปรดลองอีกครั้งภายหลัง',
  'the connection was refused': 'การเชื่อมต่อถูกปฏิเสธ',
  'the host name is unknown': 'ไม่รู้จักชื่อโฮสต์',
  'the host name could not be looked up': 'ค้นหาชื่อโฮสต์ไม่ได้',
  'there is no route to the host': 'ไม่มีเส้นทางเครือข่ายไปยังโฮสต์',
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
  'The scan was stopped.': 'การอ่านถูกหยุด',
  '{0} is cut off: the {1} data ends too early. Copy or download the file again.':
    '{0} ไม่สมบูรณ์: ข้อมูล {1} สิ้นสุดก่อนกำหนด โปรดคัดลอกหรือดาวน์โหลดไฟล์ใหม่',
  '{0} is damaged: it does not decompress as {1}. Copy or download the file again.':
    '{0} เสียหาย: คลายการบีบอัดแบบ {1} ไม่ได้ โปรดคัดลอกหรือดาวน์โหลดไฟล์ใหม่',
  '{0} has no header: its first row does not end, or a quote in it is never closed.':
    '{0} ไม่มีแถวหัวตาราง: แถวแรกไม่สิ้นสุด หรือมีเครื่องหมายคำพูดที่ไม่ได้ปิด',
  '{0} has several columns named "{1}": which one is meant cannot be told. Rename one.':
    '{0} มีหลายคอลัมน์ชื่อ “{1}” จึงบอกไม่ได้ว่าหมายถึงคอลัมน์ใด โปรดเปลี่ยนชื่อคอลัมน์หนึ่ง',
  '{0} needs more memory than Lineup gives to reading. Write it with smaller row groups (100,000 rows), or as CSV.':
    '{0} ต้องใช้หน่วยความจำมากกว่าที่ Lineup กำหนดไว้สำหรับการอ่าน โปรดเขียนด้วยกลุ่มแถวที่เล็กลง (100,000 แถว) หรือใช้ CSV',
  '{0} holds text that is not valid UTF-8.': '{0} มีข้อความที่ไม่ใช่ UTF-8 ที่ถูกต้อง',
  '{0} is compressed as {1}, which cannot be read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.':
    '{0} ถูกบีบอัดแบบ {1} ซึ่งอ่านใน Parquet ไม่ได้ โปรดเขียนไฟล์ด้วย Zstandard, Snappy, gzip หรือ LZ4_RAW',
  '{0}: the field is written in the encoding {1}, which cannot be read for its type. Write the file without that encoding, or the field as text.':
    '{0}: คอลัมน์ถูกเขียนด้วยการเข้ารหัส {1} ซึ่งอ่านสำหรับชนิดข้อมูลนี้ไม่ได้ โปรดเขียนไฟล์โดยไม่ใช้การเข้ารหัสนั้น หรือเขียนคอลัมน์เป็นข้อความ',
  '{0} cannot be read as Parquet: it is damaged, cut off, or of another format.':
    'อ่าน {0} เป็น Parquet ไม่ได้: ไฟล์เสียหาย ไม่สมบูรณ์ หรือเป็นรูปแบบอื่น',
  'Encoding "{0}" is not known. Common ones are utf-8, {1}.':
    'ไม่รู้จักการเข้ารหัสอักขระ “{0}” ที่ใช้กันทั่วไปคือ utf-8, {1}',
  'in its header': 'ในแถวหัวตาราง',
  'at row {0}': 'ที่แถว {0}',
  '{0} is not valid UTF-8 ({1}).': '{0} ไม่ใช่ UTF-8 ที่ถูกต้อง ({1})',
  '{0} looks like {1}, but not all of it fits that encoding ({2}).':
    '{0} ดูเหมือนเป็น {1} แต่มีบางส่วนไม่ตรงกับการเข้ารหัสอักขระนี้ ({2})',
  'Choose its encoding, or save the file as UTF-8.': 'โปรดเลือกการเข้ารหัสอักขระ หรือบันทึกไฟล์เป็น UTF-8',
  'The first row of {0} looks like a member, not like the names of columns. Choose that it has no header, or write names above it.':
    'แถวแรกของ {0} ดูเหมือนเป็นข้อมูลสมาชิก ไม่ใช่ชื่อคอลัมน์ โปรดเลือก “ไม่มีแถวหัวตาราง” หรือเพิ่มชื่อคอลัมน์ไว้ด้านบน',
  'File options are for files only.': 'ตัวเลือกของไฟล์ใช้ได้กับไฟล์เท่านั้น',
  '{0} does not fit the encoding {1} ({2}).': '{0} ไม่ตรงกับการเข้ารหัสอักขระ {1} ({2})',
  'Format "{0}" is not known: it is one of {1}.': 'ไม่รู้จักรูปแบบ “{0}” รูปแบบที่ใช้ได้คือ {1}',
  '{0} looks like a JSON array: write one object a line.':
    '{0} ดูเหมือนเป็นอาร์เรย์ JSON โปรดเขียนหนึ่งออบเจ็กต์ต่อหนึ่งบรรทัด',
  '{0} looks like XML or HTML.': '{0} ดูเหมือนเป็น XML หรือ HTML',
  'The format of {0} cannot be told by its name or content.': 'บอกรูปแบบของ {0} จากชื่อหรือเนื้อหาไม่ได้',
  '{0} is not a text file but {1}.': '{0} ไม่ใช่ไฟล์ข้อความ ({1})',
  '{0} holds too many zero bytes for text in UTF-8: it may be UTF-16.':
    '{0} มีไบต์ศูนย์มากเกินไปสำหรับข้อความ UTF-8 อาจเป็น UTF-16',
  '{0} is not a text file: it holds binary data.': '{0} ไม่ใช่ไฟล์ข้อความ เนื่องจากมีข้อมูลไบนารี',
  '{0}: {1}// is not supported. Use https://, s3://, a path, or - for standard input.':
    '{0}: ไม่รองรับ {1}// โปรดใช้ https://, s3://, พาธ หรือ - สำหรับอินพุตมาตรฐาน',
  '{0} does not exist (HTTP {1}).': 'ไม่มี {0} (HTTP {1})',
  '{0} may not be read: the server refuses it (HTTP {1}).': 'อ่าน {0} ไม่ได้: เซิร์ฟเวอร์ปฏิเสธ (HTTP {1})',
  '{0} could not be fetched: the server answered HTTP {1}.': 'ดึง {0} ไม่ได้: เซิร์ฟเวอร์ตอบกลับ HTTP {1}',
  '{0}: the server stayed silent for too long.': '{0}: เซิร์ฟเวอร์ไม่ตอบกลับนานเกินไป',
  '{0} could not be fetched: {1} ({2}).': 'ดึง {0} ไม่ได้: {1} ({2})',
  "{0} could not be fetched: the certificate of {1} is not trusted ({2}). Renew it, or name its authority's certificate in NODE_EXTRA_CA_CERTS.":
    'ดึง {0} ไม่ได้: ใบรับรองของ {1} ไม่น่าเชื่อถือ ({2}) โปรดต่ออายุ หรือระบุใบรับรองของผู้ออกใน NODE_EXTRA_CA_CERTS',
  'no encrypted connection to {0} comes about': 'สร้างการเชื่อมต่อแบบเข้ารหัสกับ {0} ไม่ได้',
  'there is no host {0}': 'ไม่มีโฮสต์ {0}',
  'the name server does not tell where {0} is': 'เซิร์ฟเวอร์ DNS ไม่บอกที่อยู่ของ {0}',
  'nothing answers at {0}': '{0} ไม่มีการตอบกลับ',
  'the connection did not come about, or broke before the end of the file': 'เชื่อมต่อไม่ได้ หรือขาดหายก่อนจบไฟล์',
  '{0}: the connection broke before the end of the file.': '{0}: การเชื่อมต่อขาดหายก่อนจบไฟล์',
  '{0} sends on from one place to the next without end.': '{0} ส่งต่อไปเรื่อย ๆ ไม่สิ้นสุด',
  '{0} sends on to something that is no URL.': '{0} ส่งต่อไปยังสิ่งที่ไม่ใช่ URL',
  '{0}: the server gave a part of the file instead of the whole.': '{0}: เซิร์ฟเวอร์ให้เพียงบางส่วนของไฟล์แทนทั้งไฟล์',
  '{0} arrives encoded ({1}): have the server send it as it is, or as gzip.':
    'เซิร์ฟเวอร์ส่ง {0} มาในรูปแบบที่เข้ารหัส ({1}) โปรดให้เซิร์ฟเวอร์ส่งตามเดิมหรือเป็น gzip',
  '{0}: the server does not tell how long the file is, so a broken connection would look like its end. Have it send Content-Length.':
    '{0}: เซิร์ฟเวอร์ไม่บอกความยาวไฟล์ จึงแยกไม่ออกระหว่างการเชื่อมต่อขาดกับจบไฟล์ โปรดให้ส่ง Content-Length',
  '{0} was changed while it was read. Start again.': '{0} ถูกเปลี่ยนแปลงระหว่างอ่าน โปรดเริ่มใหม่',
  '{0} cannot be read: Lineup’s user has no permission to read it.':
    'อ่าน {0} ไม่ได้: บัญชีผู้ใช้ที่ Lineup ใช้ไม่มีสิทธิ์อ่าน',
  '{0} cannot be read: the system answered {1}.': 'อ่าน {0} ไม่ได้: ระบบตอบกลับ {1}',
  'Did you mean {0}?': 'หมายถึง {0} หรือไม่',
  '{0} is not NDJSON: its first line is no JSON object.': '{0} ไม่ใช่ NDJSON: บรรทัดแรกไม่ใช่ออบเจ็กต์ JSON',
  'Opening the source was stopped.': 'การเปิดแหล่งข้อมูลถูกหยุด',
  '{0} is empty: there is nothing in it.': '{0} ว่างเปล่า: ไม่มีข้อมูลใด ๆ',
  'Parquet cannot be read from a stream: its directory is at its end. Save it to a file first.':
    'อ่าน Parquet จากสตรีมไม่ได้ เนื่องจากสารบัญอยู่ท้ายไฟล์ โปรดบันทึกเป็นไฟล์ก่อน',
  '{0} is damaged or cut off: it cannot be read as an Excel workbook. Copy or download the file again, or open it in Excel and save it again.':
    'อ่าน {0} เป็นสมุดงาน Excel ไม่ได้ เพราะไฟล์เสียหายหรือไม่สมบูรณ์ โปรดคัดลอกหรือดาวน์โหลดใหม่ หรือเปิดใน Excel แล้วบันทึกอีกครั้ง',
  '{0} is too large for a workbook: a sheet, or the texts of all sheets, unpack to more than {1} MB. Save the sheet as CSV UTF-8.':
    '{0} ใหญ่เกินไปสำหรับสมุดงาน: ชีตหรือข้อความของทุกชีตมีขนาดเกิน {1} MB เมื่อคลายการบีบอัด โปรดบันทึกชีตเป็น CSV UTF-8',
  '{0} is a workbook of more than {1} MB: one that comes from a stream, a URL or a compressed file is read into memory. Save it to a file first, or give CSV.':
    '{0} เป็นสมุดงานที่ใหญ่กว่า {1} MB สมุดงานจากสตรีม URL หรือไฟล์บีบอัดจะถูกอ่านเข้าหน่วยความจำ โปรดบันทึกเป็นไฟล์ก่อน หรือใช้ CSV',
  '{0} has more rows, columns or characters in a cell than Excel allows. Save the sheet as CSV UTF-8.':
    '{0} มีจำนวนแถว คอลัมน์ หรืออักขระในเซลล์เกินกว่าที่ Excel อนุญาต โปรดบันทึกชีตเป็น CSV UTF-8',
  '{0} has no sheet with cells.': '{0} ไม่มีชีตที่มีเซลล์',
  '{0} has no sheet "{1}". It has {2}.': '{0} ไม่มีชีต “{1}” มีแต่ {2}',
  '{0} is not an Excel workbook (.xlsx), so it has no sheet "{1}".':
    '{0} ไม่ใช่สมุดงาน Excel (.xlsx) จึงไม่มีชีต “{1}”',
  '{0} is not an Excel workbook (.xlsx).': '{0} ไม่ใช่สมุดงาน Excel (.xlsx)',
  '{0} is an Excel workbook, and the format given is {1}: leave it out.':
    '{0} เป็นสมุดงาน Excel แต่รูปแบบที่ระบุคือ {1} โปรดไม่ต้องระบุรูปแบบ',
  '{0} is not a Parquet file.': '{0} ไม่ใช่ไฟล์ Parquet',
  '{0}: of s3:// only Parquet can be read.': '{0}: จาก s3:// อ่านได้เฉพาะ Parquet',
  '{0} matches files of different formats: {1} and {2}. Name one kind.':
    '{0} ตรงกับไฟล์ต่างรูปแบบกัน: {1} และ {2} โปรดระบุเพียงชนิดเดียว',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them.':
    'คอลัมน์ “{0}” ของ {1} เป็นชนิด {2} ค่าต้องเป็นข้อความหรือตัวเลข หรือรายการของค่าเหล่านั้น',
  '{0} is Parquet, which is read in shared memory so that nothing of it gets onto a disk, and this machine has none ({1}). Give CSV or NDJSON instead.':
    '{0} เป็น Parquet ซึ่งอ่านในหน่วยความจำร่วมเพื่อไม่ให้ข้อมูลลงดิสก์ แต่เซิร์ฟเวอร์นี้ไม่มี ({1}) โปรดใช้ CSV หรือ NDJSON แทน',
  '{0} is no Parquet file, or is cut off.': '{0} ไม่ใช่ไฟล์ Parquet หรือไม่สมบูรณ์',
  '{0} is Parquet, and a part of {1} MB finds no room in shared memory ({2}). Give this machine more (of a container: its shm_size), or give CSV.':
    '{0} เป็น Parquet และส่วนขนาด {1} MB ไม่มีที่ในหน่วยความจำร่วม ({2}) โปรดเพิ่มหน่วยความจำร่วม (คอนเทนเนอร์: shm_size) หรือใช้ CSV',
  '{0}, row {1}': '{0} แถว {1}',
  '{0}: the number of fields is {1}, where the header has {2}. A shifted row would send wrong values: correct it, or quote values that hold the delimiter.':
    '{0}: มี {1} คอลัมน์ แต่แถวหัวตารางมี {2} คอลัมน์ แถวที่เลื่อนจะทำให้ส่งค่าผิด โปรดแก้ไข หรือใส่เครื่องหมายคำพูดครอบค่าที่มีตัวคั่น',
  '{0}: text follows a closing quote. Quotes inside a quoted value must be doubled.':
    '{0}: มีข้อความต่อจากเครื่องหมายคำพูดปิด เครื่องหมายคำพูดภายในค่าต้องเขียนซ้ำสองครั้ง',
  '{0}: a quoted value begins that is never closed.': '{0}: มีค่าที่เปิดเครื่องหมายคำพูดแต่ไม่ได้ปิด',
  '{0}: the row is longer than 64 MiB. Is a quote never closed?':
    '{0}: แถวยาวเกิน 64 MiB อาจมีเครื่องหมายคำพูดที่ไม่ได้ปิด',
  '{0}: the line is not a JSON object. NDJSON has one whole object on each line.':
    '{0}: บรรทัดนี้ไม่ใช่ออบเจ็กต์ JSON โดย NDJSON มีหนึ่งออบเจ็กต์ครบถ้วนในแต่ละบรรทัด',
  '{0}: the field holds an object or a list of lists. Its values must be texts or numbers, or a list of them.':
    '{0}: คอลัมน์มีออบเจ็กต์หรือรายการซ้อนรายการ ค่าต้องเป็นข้อความหรือตัวเลข หรือรายการของค่าเหล่านั้น',
  '{0} was read already, and cannot be read again.': '{0} ถูกอ่านไปแล้ว อ่านซ้ำไม่ได้',
  '{0} has no field "{1}". It has {2}.': '{0} ไม่มีคอลัมน์ “{1}” คอลัมน์ที่มีคือ {2}',
  'Did you mean "{0}"?': 'หมายถึง “{0}” หรือไม่',
  '{0} seems to have no header, for its first row looks like a member. That row is counted, and the columns are called by their place: column 1, column 2, … Choose one of these, or write names above the first row.':
    'แถวแรกของ {0} ดูเหมือนข้อมูลสมาชิก ไฟล์จึงน่าจะไม่มีแถวหัวตาราง ระบบนับแถวนั้นด้วย และเรียกคอลัมน์ตามตำแหน่งว่า column 1, column 2, … โปรดเลือกคอลัมน์หนึ่ง หรือเพิ่มชื่อคอลัมน์ไว้เหนือแถวแรก',
  '{0} has fields whose names look like members, or are longer than a name is. They are left out.':
    '{0} มีคอลัมน์ที่ชื่อดูเหมือนข้อมูลสมาชิกหรือยาวเกินไป จึงไม่นำมาแสดง',
  '{0} has {1} columns, and Lineup reads files of at most {2}. Is it of another format, or has it another delimiter?':
    '{0} มี {1} คอลัมน์ แต่ Lineup อ่านไฟล์ได้ไม่เกิน {2} คอลัมน์ โปรดตรวจสอบว่ารูปแบบไฟล์และตัวคั่นถูกต้อง',
  'The source did not answer within {0} seconds.': 'แหล่งข้อมูลไม่ตอบกลับภายใน {0} วินาที',
  'The source describes itself with more than {0} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.':
    'ข้อมูลอธิบายของแหล่งข้อมูลมีขนาดเกิน {0} MB ซึ่งมากกว่าที่ Lineup รับได้ โปรดลดจำนวนคอลัมน์หรือใช้ชื่อที่สั้นลง',
  'The service is reading as many sources as it can. Try again in a minute.':
    'บริการกำลังอ่านแหล่งข้อมูลเต็มจำนวนที่ทำได้แล้ว โปรดลองอีกครั้งในอีกหนึ่งนาที',
  'Reading the source was stopped.': 'หยุดอ่านแหล่งข้อมูลแล้ว',
  'The service is stopping.': 'บริการกำลังหยุดทำงาน',
  'The process that would read the source could not be started. Try again in a while.':
    'เริ่มโปรเซสสำหรับอ่านแหล่งข้อมูลไม่ได้ โปรดลองอีกครั้งในภายหลัง',
  'Nothing of the file was kept. Check what is in it before you upload it again.':
    'ไม่มีการเก็บไฟล์ไว้ โปรดตรวจสอบเนื้อหาของไฟล์ก่อนอัปโหลดอีกครั้ง',
  'This source is in quarantine since {0}.': 'แหล่งข้อมูลนี้ถูกระงับไว้ตั้งแต่ {0}',
  'Reading it took more memory than one reader may have.': 'การอ่านใช้หน่วยความจำเกินกว่าที่โปรเซสอ่านหนึ่งตัวใช้ได้',
  'Reading it kept the reader busy without end.': 'โปรเซสอ่านทำงานค้างอยู่โดยไม่จบ',
  'The system ended the reader ({0}), probably because it had too little memory left.':
    'ระบบปิดโปรเซสอ่าน ({0}) ซึ่งน่าจะเป็นเพราะหน่วยความจำเหลือน้อย',
  'Reading it met an error that Lineup did not expect ({0}).': 'การอ่านพบข้อผิดพลาดที่ Lineup ไม่คาดคิด ({0})',
  'Reading it made the reader crash ({0}).': 'การอ่านทำให้โปรเซสอ่านหยุดทำงานกะทันหัน ({0})',
  'Lineup does not connect to this source by itself any more. Check the server, then verify the authorization to try again.':
    'Lineup จะไม่เชื่อมต่อแหล่งข้อมูลนี้โดยอัตโนมัติอีก โปรดตรวจสอบเซิร์ฟเวอร์ แล้วตรวจสอบการเชื่อมต่อเพื่อลองอีกครั้ง',
  'Lineup does not read this source by itself any more. Check what is in it, then preview it or run its job to try again.':
    'Lineup จะไม่อ่านแหล่งข้อมูลนี้โดยอัตโนมัติอีก โปรดตรวจสอบเนื้อหา แล้วดูตัวอย่างหรือสั่งให้งานทำงานเพื่อลองอีกครั้ง',
  'Lytics did not answer within {0} seconds.': 'Lytics ไม่ตอบกลับภายใน {0} วินาที',
  'Lytics answered {0}.': 'Lytics ตอบกลับ {0}',
  'Lytics answered {0}: {1}.': 'Lytics ตอบกลับ {0}: {1}',
  'Lytics answered {0}, but not in JSON.': 'Lytics ตอบกลับ {0} แต่ไม่ใช่ JSON',
  'Lytics answered with more than {0} MB, which is not read.': 'Lytics ตอบกลับเกิน {0} MB จึงไม่ได้อ่าน',
  'Lytics has a certificate at {0} that is not trusted ({1}).': 'ใบรับรองของ Lytics ที่ {0} ไม่น่าเชื่อถือ ({1})',
  'Lytics could not be reached at {0}, or the connection broke ({1}).':
    'เชื่อมต่อ Lytics ที่ {0} ไม่ได้ หรือการเชื่อมต่อขาดหาย ({1})',
  'The request to Lytics was stopped.': 'คำขอไปยัง Lytics ถูกหยุด',
  'Lytics answered in a form that Lineup does not understand ({0}). Is the origin that of Lytics?':
    'Lytics ตอบกลับในรูปแบบที่ Lineup ไม่เข้าใจ ({0}) โปรดตรวจสอบว่าที่อยู่หลักเป็นของ Lytics',
  'Lytics has no audience "{0}" in the account of this token: it was deleted, or belongs to another account.':
    'บัญชี Lytics ของโทเค็นนี้ไม่มีกลุ่มเป้าหมาย “{0}” อาจถูกลบหรือเป็นของบัญชีอื่น',
  'Lytics no longer knows where the scan of "{0}" stood. It must begin anew.':
    'Lytics ไม่ทราบตำแหน่งการอ่าน “{0}” แล้ว ต้องเริ่มใหม่',
  'The Lytics API token is empty, or holds a space or a character that no token has: copy it again.':
    'โทเค็น API ของ Lytics ว่าง หรือมีช่องว่างหรืออักขระที่ไม่มีในโทเค็น โปรดคัดลอกใหม่',
  'The Lytics origin is not a usable URL: give one like https://api.lytics.io, without a path.':
    'ที่อยู่หลักของ Lytics ไม่ใช่ URL ที่ใช้ได้ โปรดป้อนในรูปแบบ https://api.lytics.io โดยไม่มีพาธ',
  'Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.':
    'Lytics ไม่ยอมรับโทเค็น API: ไม่ถูกต้อง หมดอายุ หรือถูกเพิกถอน โปรดป้อนโทเค็นใหม่ในการเชื่อมต่อ',
  'The role of the Lytics API token does not allow to read this ({0}). Give the token a role that may read audiences, fields and profiles.':
    'บทบาทของโทเค็น API ของ Lytics ไม่มีสิทธิ์อ่านข้อมูลนี้ ({0}) โปรดกำหนดบทบาทที่อ่านกลุ่มเป้าหมาย คอลัมน์ และโปรไฟล์ได้ให้โทเค็น',
  '{0} was tried {1} times.': 'ลอง {0} แล้ว {1} ครั้ง',
  'Try again later.': 'โปรดลองอีกครั้งภายหลัง',
  'The Lytics audience "{0}" is one of the table {1}, not of members.':
    'กลุ่มเป้าหมาย “{0}” ของ Lytics เป็นของตาราง {1} ไม่ใช่ของสมาชิก',
  'Lytics calls the audience "{0}" invalid ({1}). Correct it in Lytics.':
    'Lytics ระบุว่ากลุ่มเป้าหมาย “{0}” ไม่ถูกต้อง ({1}) โปรดแก้ไขใน Lytics',
  'Lytics gives the same members again and again, and fewer than it counts itself. Try again; if it stays so, tell Lytics.':
    'Lytics ส่งสมาชิกชุดเดิมซ้ำไปมา และน้อยกว่าจำนวนที่ Lytics นับเอง โปรดลองอีกครั้ง หากยังเป็นเช่นเดิม โปรดแจ้ง Lytics',
  'Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.':
    'Lytics ให้เคอร์เซอร์เดียวกันทุกหน้า การอ่านที่หยุดกลางคันจึงทำต่อไม่ได้ ต้องเริ่มใหม่ทั้งหมด',
  'What was kept of the scan is no place in it. It must begin anew.': 'ตำแหน่งการอ่านที่เก็บไว้ใช้ไม่ได้ ต้องเริ่มใหม่',
  'The field "{0}" of Lytics is of type {1}: an identifier is in a field of type string, []string or ts[]string.':
    'คอลัมน์ “{0}” ของ Lytics เป็นชนิด {1} ตัวระบุต้องอยู่ในคอลัมน์ชนิด string, []string หรือ ts[]string',
  'The field "{0}" holds {1}: its values must be texts or lists of texts.':
    'คอลัมน์ “{0}” มีค่าเป็น {1} ค่าต้องเป็นข้อความหรือรายการข้อความ',
  'There is no table or view {0} that this user may read.': 'ไม่มีตารางหรือวิว {0} ที่ผู้ใช้นี้อ่านได้',
  'it is empty': 'ว่างเปล่า',
  'it holds a NUL character': 'มีอักขระ NUL',
  'it is longer than {0} characters': 'ยาวเกิน {0} อักขระ',
  'line {0}, column {1}: {2}': 'บรรทัดที่ {0} คอลัมน์ที่ {1}: {2}',
  'line {0}, column {1}, at "{2}": {3}': 'บรรทัดที่ {0} คอลัมน์ที่ {1} ที่ “{2}”: {3}',
  'this is not possible in a query that only reads': 'ใช้ไม่ได้ในคิวรีที่อ่านอย่างเดียว',
  'there is no such schema': 'ไม่มีสคีมานี้',
  'this is a syntax error': 'ไวยากรณ์ไม่ถูกต้อง',
  'two columns have this name: write the table’s name before it': 'มีสองคอลัมน์ที่ใช้ชื่อนี้ ให้ใส่ชื่อตารางไว้ข้างหน้า',
  'there is no such column': 'ไม่มีคอลัมน์นี้',
  'there is no such type or collation': 'ไม่มีชนิดข้อมูลหรือ collation นี้',
  'two tables have this name: give one another name with AS': 'มีสองตารางที่ใช้ชื่อนี้ ให้ตั้งชื่ออื่นให้ตารางหนึ่งด้วย AS',
  'several functions or operators fit: convert a value with :: or CAST':
    'มีฟังก์ชันหรือตัวดำเนินการที่ตรงกันหลายตัว ให้แปลงค่าด้วย :: หรือ CAST',
  'a column must be in GROUP BY or in an aggregate function': 'คอลัมน์ต้องอยู่ใน GROUP BY หรือในฟังก์ชันสรุปค่า',
  'the types do not fit together: convert one of them with :: or CAST':
    'ชนิดข้อมูลไม่เข้ากัน ให้แปลงค่าหนึ่งด้วย :: หรือ CAST',
  'there is no conversion between these types': 'แปลงระหว่างชนิดข้อมูลเหล่านี้ไม่ได้',
  'there is no such function or operator for these types: convert a value with :: or CAST':
    'ไม่มีฟังก์ชันหรือตัวดำเนินการนี้สำหรับชนิดข้อมูลเหล่านี้ ให้แปลงค่าด้วย :: หรือ CAST',
  'it holds a parameter like $1, and there is no value for it': 'มีพารามิเตอร์แบบ $1 ซึ่งไม่มีค่าให้',
  'the type of a value is not clear: convert it with :: or CAST': 'ไม่ทราบชนิดของค่า ให้แปลงด้วย :: หรือ CAST',
  'a value in quotes does not fit its type': 'ค่าที่อยู่ในเครื่องหมายคำพูดไม่ตรงกับชนิดข้อมูล',
  'it is too long or too complex for the server': 'ยาวหรือซับซ้อนเกินไปสำหรับเซิร์ฟเวอร์',
  'the server does not accept it ({0})': 'เซิร์ฟเวอร์ไม่ยอมรับ ({0})',
  'what answers there does not speak PostgreSQL’s protocol as it should. Check host and port':
    'สิ่งที่ตอบกลับมาไม่ใช้โปรโตคอลของ PostgreSQL ตามที่ควร โปรดตรวจสอบโฮสต์และพอร์ต',
  'the server sent more than was asked for': 'เซิร์ฟเวอร์ส่งข้อมูลมามากกว่าที่ขอ',
  'signing in failed: the server does not do it as it should': 'เข้าสู่ระบบไม่สำเร็จ เพราะเซิร์ฟเวอร์ตอบไม่ถูกต้อง',
  'This query cannot be used: {0}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.':
    'ใช้คิวรีนี้ไม่ได้: {0} ต้องเป็น SELECT (หรือ WITH … SELECT) เพียงคำสั่งเดียวที่ผู้ใช้ของการเชื่อมต่อนี้เรียกให้ทำงานได้',
  "a value is not text in the encoding that the database claims. A query can convert it: convert_from(field::bytea, 'SJIS')":
    "มีค่าที่ไม่ใช่ข้อความตามการเข้ารหัสอักขระที่ฐานข้อมูลระบุ แปลงคอลัมน์ได้ด้วยคิวรี: convert_from(field::bytea, 'SJIS')",
  'a value holds a character that UTF-8 does not have': 'มีค่าที่มีอักขระซึ่งไม่มีใน UTF-8',
  'it would change something, and members are only ever read':
    'คิวรีนี้จะเปลี่ยนแปลงข้อมูล แต่ระบบอนุญาตให้อ่านข้อมูลสมาชิกเท่านั้น',
  'the server refuses this user from here, or without TLS, as its pg_hba.conf says: check the user and sslmode':
    'เซิร์ฟเวอร์ปฏิเสธผู้ใช้นี้จากที่นี่หรือโดยไม่มี TLS ตาม pg_hba.conf โปรดตรวจสอบผู้ใช้และ sslmode',
  'the server refuses this user or password': 'เซิร์ฟเวอร์ปฏิเสธผู้ใช้หรือรหัสผ่านนี้',
  'there is no database of that name': 'ไม่มีฐานข้อมูลชื่อนี้',
  'this server is a standby, and cancelled what stood in the way of its updates. Read from the primary, or raise max_standby_streaming_delay':
    'เซิร์ฟเวอร์นี้เป็นเซิร์ฟเวอร์สำรองและยกเลิกสิ่งที่ขวางการอัปเดต โปรดอ่านจากเซิร์ฟเวอร์หลัก หรือเพิ่ม max_standby_streaming_delay',
  'this user may not read all of it: GRANT SELECT on the table, and USAGE on its schema':
    'ผู้ใช้นี้อ่านได้ไม่ครบ โปรด GRANT SELECT บนตาราง และ USAGE บนสคีมา',
  'two of its fields have this name: give one another name with AS':
    'มีสองคอลัมน์ที่ใช้ชื่อนี้ โปรดตั้งชื่ออื่นให้คอลัมน์หนึ่งด้วย AS',
  'there is no such table or view': 'ไม่มีตารางหรือวิวนี้',
  'the server has no connection left': 'เซิร์ฟเวอร์ไม่มีการเชื่อมต่อเหลือ',
  'the table is locked, and stayed so for too long': 'ตารางถูกล็อกนานเกินไป',
  'it took longer than is allowed, or somebody cancelled it at the server':
    'ใช้เวลานานเกินกำหนด หรือถูกยกเลิกที่เซิร์ฟเวอร์',
  'the server was shut down, or its administrator ended the connection':
    'เซิร์ฟเวอร์ถูกปิด หรือผู้ดูแลระบบของเซิร์ฟเวอร์ตัดการเชื่อมต่อ',
  'the server crashed': 'เซิร์ฟเวอร์ล่ม',
  'the server is starting up or shutting down': 'เซิร์ฟเวอร์กำลังเริ่มหรือปิดระบบ',
  'its host name cannot be looked up at the moment': 'ขณะนี้ค้นหาชื่อโฮสต์ไม่ได้',
  'nothing listens there': 'ไม่มีบริการรอรับที่นั่น',
  'there is no such socket': 'ไม่มีซ็อกเก็ตนี้',
  'its host name is not known': 'ไม่รู้จักชื่อโฮสต์',
  'its certificate has expired': 'ใบรับรองหมดอายุแล้ว',
  'its certificate is for another name. Use that name, or give its authority’s certificate and sslmode=verify-ca':
    'ใบรับรองเป็นของชื่ออื่น โปรดใช้ชื่อนั้น หรือระบุใบรับรองของผู้ออกพร้อม sslmode=verify-ca',
  'its certificate is not from an authority that is known here. Give that authority’s certificate, or use sslmode=require, which encrypts without knowing with whom':
    'ใบรับรองไม่ได้มาจากผู้ออกที่รู้จัก โปรดระบุใบรับรองของผู้ออก หรือใช้ sslmode=require ซึ่งเข้ารหัสโดยไม่ตรวจสอบคู่สนทนา',
  'the connection was cut': 'การเชื่อมต่อถูกตัด',
  '{0} cannot be read: {1}.': 'อ่าน {0} ไม่ได้: {1}',
  'the server has trouble ({0})': 'เซิร์ฟเวอร์มีปัญหา ({0})',
  'it speaks no TLS. Turn that on at the server, or use sslmode=disable where the network between is trusted':
    'ไม่รองรับ TLS โปรดเปิดใช้ที่เซิร์ฟเวอร์ หรือใช้ sslmode=disable หากเครือข่ายเชื่อถือได้',
  'no TLS connection could be agreed on': 'ตกลงการเชื่อมต่อ TLS ไม่ได้',
  'the server asks for a password, and the URL has none': 'เซิร์ฟเวอร์ขอรหัสผ่าน แต่ใน URL ไม่มี',
  'it did not answer in time': 'ไม่ตอบกลับภายในเวลาที่กำหนด',
  'the connection failed ({0})': 'การเชื่อมต่อล้มเหลว ({0})',
  'the server reports the error {0} (PostgreSQL’s manual, appendix A)':
    'เซิร์ฟเวอร์รายงานข้อผิดพลาด {0} (คู่มือ PostgreSQL ภาคผนวก A)',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them. A query can take one out, e.g. profile->>\'email\'.':
    "คอลัมน์ “{0}” ของ {1} เป็นชนิด {2} ค่าต้องเป็นข้อความหรือตัวเลข หรือรายการของค่าเหล่านั้น ดึงค่าออกมาได้ด้วยคิวรี เช่น profile->>'email'",
  'This is no name of a table: write it like members, crm.members or "CRM"."Members of 2026".':
    'นี่ไม่ใช่ชื่อตาราง หากเป็นตารางสมาชิก โปรดเขียนเช่น members, crm.members หรือ "CRM"."Members of 2026"',
  'Reading PostgreSQL was stopped.': 'การอ่าน PostgreSQL ถูกหยุด',
  'This is no PostgreSQL URL: give one like {0}, with % codes for the characters : / ? # [ ] @ % in a password.':
    'นี่ไม่ใช่ URL ของ PostgreSQL โปรดป้อนในรูปแบบ {0} และใช้รหัส % แทนอักขระ : / ? # [ ] @ % ในรหัสผ่าน',
  'The PostgreSQL URL names no user: give one like {0}.': 'URL ของ PostgreSQL ไม่ระบุผู้ใช้ โปรดป้อนในรูปแบบ {0}',
  'The PostgreSQL URL holds a NUL character.': 'URL ของ PostgreSQL มีอักขระ NUL',
  'The certificate file {0} (sslrootcert) cannot be read.': 'อ่านไฟล์ใบรับรอง {0} (sslrootcert) ไม่ได้',
  'The PostgreSQL URL names a certificate file (sslrootcert): give the certificate itself beside the URL.':
    'URL ของ PostgreSQL ระบุไฟล์ใบรับรอง (sslrootcert) โปรดใส่ตัวใบรับรองแยกจาก URL',
  'The PostgreSQL URL has the parameter "{0}", which is not known here; those known are {1}.':
    'URL ของ PostgreSQL มีพารามิเตอร์ “{0}” ที่ไม่รู้จัก พารามิเตอร์ที่ใช้ได้คือ {1}',
  'The {0} of the PostgreSQL URL must be a whole number from 1 to {1}.':
    '{0} ใน URL ของ PostgreSQL ต้องเป็นจำนวนเต็มตั้งแต่ 1 ถึง {1}',
  'sslmode=verify-ca needs the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.':
    'sslmode=verify-ca ต้องใช้ใบรับรองของผู้ออก เพราะใครก็ขอใบรับรองจากผู้ออกสาธารณะได้ โปรดระบุ หรือใช้ sslmode=verify-full',
  'sslmode={0} is not known here. Use verify-full (encrypted, certificate and name checked; what a URL without sslmode means, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.':
    'ไม่รู้จัก sslmode={0} โปรดใช้ verify-full (เข้ารหัส ตรวจใบรับรองและชื่อ เป็นค่าเริ่มต้นเว้นแต่เซิร์ฟเวอร์คือเครื่องนี้), verify-ca (ไม่ตรวจชื่อ), require (เข้ารหัสแต่ไม่ตรวจ) หรือ disable',
  'The CA certificate is not in PEM form: it begins with -----BEGIN CERTIFICATE-----, and must be copied whole.':
    'ใบรับรอง CA ไม่ได้อยู่ในรูปแบบ PEM ต้องขึ้นต้นด้วย -----BEGIN CERTIFICATE----- และคัดลอกมาทั้งหมด',
  'The PostgreSQL URL holds a % that begins no code: write %25 for the character itself.':
    'URL ของ PostgreSQL มี % ที่ไม่ใช่รหัส โปรดเขียน %25 แทนอักขระนั้น',
  'an Excel workbook with a password; save it without one': 'สมุดงาน Excel ที่มีรหัสผ่าน โปรดบันทึกโดยไม่ใช้รหัสผ่าน',
  'an old Excel workbook (.xls); save it as .xlsx': 'สมุดงาน Excel รุ่นเก่า (.xls) โปรดบันทึกเป็น .xlsx',
  'an old Office file (.xls, .doc), or an Excel workbook with a password; save it as .xlsx without one':
    'ไฟล์ Office รุ่นเก่า (.xls, .doc) หรือสมุดงาน Excel ที่มีรหัสผ่าน โปรดบันทึกเป็น .xlsx โดยไม่ใช้รหัสผ่าน',
  'a binary Excel workbook (.xlsb); save it as .xlsx': 'สมุดงาน Excel แบบไบนารี (.xlsb) โปรดบันทึกเป็น .xlsx',
  'an OpenDocument spreadsheet; save it as .xlsx': 'สเปรดชีต OpenDocument โปรดบันทึกเป็น .xlsx',
  'an Apple Numbers spreadsheet; export it as .xlsx': 'สเปรดชีต Apple Numbers โปรดส่งออกเป็น .xlsx',
  'a Word or PowerPoint file': 'ไฟล์ Word หรือ PowerPoint',
  'a ZIP archive without an Excel workbook; unpack it': 'ไฟล์ ZIP ที่ไม่ใช่สมุดงาน Excel โปรดแตกไฟล์',
  'a PDF document': 'เอกสาร PDF',
  'bzip2 data; decompress it first': 'ข้อมูล bzip2 โปรดคลายการบีบอัดก่อน',
  'LZ4 data; decompress it first, or compress it as gzip or Zstandard':
    'ข้อมูล LZ4 โปรดคลายการบีบอัดก่อน หรือบีบอัดเป็น gzip หรือ Zstandard',
  'a 7-Zip archive; unpack it': 'ไฟล์ 7-Zip โปรดแตกไฟล์',
  'a RAR archive; unpack it': 'ไฟล์ RAR โปรดแตกไฟล์',
  'xz data; decompress it first': 'ข้อมูล xz โปรดคลายการบีบอัดก่อน',
  'an SQLite database': 'ฐานข้อมูล SQLite',
  'an Avro file; convert it to Parquet or NDJSON': 'ไฟล์ Avro โปรดแปลงเป็น Parquet หรือ NDJSON',
  'an ORC file; convert it to Parquet or NDJSON': 'ไฟล์ ORC โปรดแปลงเป็น Parquet หรือ NDJSON',
  '{0} and {1} more': '{0} และอีก {1} รายการ',
  none: 'ไม่มี',
  'objects without a text, or with several': 'ออบเจ็กต์ที่ไม่มีข้อความหรือมีหลายข้อความ',
  objects: 'ออบเจ็กต์',
  '{0} is Parquet, which is read in parts, and the server does not tell that they are of the same file: have it send ETag and Content-Length, or give CSV or NDJSON.':
    '{0} เป็น Parquet ซึ่งอ่านทีละส่วน แต่เซิร์ฟเวอร์ไม่ระบุว่าเป็นไฟล์เดียวกัน โปรดให้ส่ง ETag และ Content-Length หรือใช้ CSV หรือ NDJSON',
  '{0}: the server gives the file from its beginning alone, and a part from its middle is needed.':
    '{0}: ต้องการส่วนกลางของไฟล์ แต่เซิร์ฟเวอร์ให้ได้ตั้งแต่ต้นไฟล์เท่านั้น',
  "{0}: Parquet is read from S3 only where DuckDB's httpfs extension is installed, and it is not. Use a presigned https:// URL, or download the file first.":
    '{0}: การอ่าน Parquet จาก S3 ต้องติดตั้งส่วนขยาย httpfs ของ DuckDB ซึ่งยังไม่ได้ติดตั้ง โปรดใช้ URL https:// ที่ลงนามล่วงหน้า หรือดาวน์โหลดไฟล์ก่อน',
  'The request was {0}.': 'คำขอคือ {0}',
};
