BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	severity TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id, status)
)
 STRICT

;
INSERT INTO "alerts" VALUES('topic:banks@28336800#cff41590','firing',1700208000000,'warning','{"id":"topic:banks@28336800#cff41590","status":"firing","severity":"warning","escalated":false,"series":"topic:banks","label":"topic:banks","at":"2023-11-17T08:00:00Z","by":"surprise","window":1,"n":8,"stories":8,"expected":0.33561599972098993,"band":[0,2],"surprise":4.484342099133931,"threshold":4.071379080020082,"cusum":0.0,"cusum_threshold":8.8745514549304,"peak_n":8,"peak_surprise":4.484342099133931,"publishers":3,"robust":"no","opened_at":"2023-11-17T08:00:00Z","closed_at":null,"in_words":"8 bad stories in 1 h, usually 1 in 3 h","gates":[{"name":"history","passed":true,"detail":"36 h observed of at least 24"},{"name":"stories","passed":true,"detail":"8 stories of at least 3"},{"name":"fresh","passed":true,"detail":"8 fresh stories of at least 3"},{"name":"publishers","passed":true,"detail":"3 independent publishers of at least 2"},{"name":"share","passed":true,"detail":"8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1"}],"new_stories":0,"headlines":[{"title":"surge1n0a of surge1n0b holds surge1n0c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n0","published_at":"2023-11-17T08:00:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n1a of surge1n1b holds surge1n1c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n1","published_at":"2023-11-17T08:01:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n2a of surge1n2b holds surge1n2c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n2","published_at":"2023-11-17T08:02:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n3a of surge1n3b holds surge1n3c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n3","published_at":"2023-11-17T08:03:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n4a of surge1n4b holds surge1n4c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n4","published_at":"2023-11-17T08:04:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n5a of surge1n5b holds surge1n5c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n5","published_at":"2023-11-17T08:05:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n6a of surge1n6b holds surge1n6c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n6","published_at":"2023-11-17T08:06:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n7a of surge1n7b holds surge1n7c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n7","published_at":"2023-11-17T08:07:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false}],"denials":[],"ledger":{"detected_at":"2023-11-17T08:00:00.000Z","published_at":"2023-11-17T08:07:00.000Z","received_at":"2023-11-17T08:07:00.000Z","scored_at":null,"committed_at":"2023-11-17T08:00:00.000Z"},"model":"","configuration":"1f13e23fe02cd298","baseline":"4864b92b68a55d5b","version":"0.1.0"}');
INSERT INTO "alerts" VALUES('topic:banks@28336800#cff41590','update-1',1700208000000,'critical','{"id":"topic:banks@28336800#cff41590","status":"update-1","severity":"critical","escalated":true,"series":"topic:banks","label":"topic:banks","at":"2023-11-17T08:00:00Z","by":"surprise","window":1,"n":11,"stories":11,"expected":0.33561599972098993,"band":[0,2],"surprise":6.11153639421446,"threshold":4.071379080020082,"cusum":0.0,"cusum_threshold":8.8745514549304,"peak_n":11,"peak_surprise":6.11153639421446,"publishers":3,"robust":"no","opened_at":"2023-11-17T08:00:00Z","closed_at":null,"in_words":"11 bad stories in 1 h, usually 1 in 3 h","gates":[{"name":"history","passed":true,"detail":"36 h observed of at least 24"},{"name":"stories","passed":true,"detail":"8 stories of at least 3"},{"name":"fresh","passed":true,"detail":"8 fresh stories of at least 3"},{"name":"publishers","passed":true,"detail":"3 independent publishers of at least 2"},{"name":"share","passed":true,"detail":"8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1"}],"new_stories":3,"headlines":[{"title":"surge1n0a of surge1n0b holds surge1n0c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n0","published_at":"2023-11-17T08:00:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n1a of surge1n1b holds surge1n1c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n1","published_at":"2023-11-17T08:01:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n2a of surge1n2b holds surge1n2c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n2","published_at":"2023-11-17T08:02:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n3a of surge1n3b holds surge1n3c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n3","published_at":"2023-11-17T08:03:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n4a of surge1n4b holds surge1n4c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n4","published_at":"2023-11-17T08:04:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n5a of surge1n5b holds surge1n5c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n5","published_at":"2023-11-17T08:05:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n6a of surge1n6b holds surge1n6c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n6","published_at":"2023-11-17T08:06:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n7a of surge1n7b holds surge1n7c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n7","published_at":"2023-11-17T08:07:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n8a of surge1n8b holds surge1n8c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n8","published_at":"2023-11-17T08:08:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":true},{"title":"surge1n9a of surge1n9b holds surge1n9c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n9","published_at":"2023-11-17T08:09:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":true}],"denials":[],"ledger":{"detected_at":"2023-11-17T08:00:00.000Z","published_at":"2023-11-17T08:10:00.000Z","received_at":"2023-11-17T08:10:00.000Z","scored_at":null,"committed_at":"2023-11-17T08:00:00.000Z"},"model":"","configuration":"1f13e23fe02cd298","baseline":"4864b92b68a55d5b","version":"0.1.0"}');
INSERT INTO "alerts" VALUES('topic:banks@28336800#cff41590','resolved',1700234100000,'critical','{"id":"topic:banks@28336800#cff41590","status":"resolved","severity":"critical","escalated":false,"series":"topic:banks","label":"topic:banks","at":"2023-11-17T15:15:00Z","by":"surprise","window":1,"n":11,"stories":11,"expected":0.33561599972098993,"band":[0,2],"surprise":6.11153639421446,"threshold":4.071379080020082,"cusum":0.0,"cusum_threshold":8.8745514549304,"peak_n":16,"peak_surprise":7.733269525380168,"publishers":3,"robust":"no","opened_at":"2023-11-17T08:00:00Z","closed_at":"2023-11-17T15:15:00Z","in_words":"11 bad stories in 1 h, usually 1 in 3 h","gates":[{"name":"history","passed":true,"detail":"36 h observed of at least 24"},{"name":"stories","passed":true,"detail":"8 stories of at least 3"},{"name":"fresh","passed":true,"detail":"8 fresh stories of at least 3"},{"name":"publishers","passed":true,"detail":"3 independent publishers of at least 2"},{"name":"share","passed":true,"detail":"8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1"}],"new_stories":0,"headlines":[{"title":"surge1n0a of surge1n0b holds surge1n0c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n0","published_at":"2023-11-17T08:00:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n1a of surge1n1b holds surge1n1c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n1","published_at":"2023-11-17T08:01:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n2a of surge1n2b holds surge1n2c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n2","published_at":"2023-11-17T08:02:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n3a of surge1n3b holds surge1n3c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n3","published_at":"2023-11-17T08:03:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n4a of surge1n4b holds surge1n4c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n4","published_at":"2023-11-17T08:04:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n5a of surge1n5b holds surge1n5c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n5","published_at":"2023-11-17T08:05:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n6a of surge1n6b holds surge1n6c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n6","published_at":"2023-11-17T08:06:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n7a of surge1n7b holds surge1n7c collapse","publisher":"b.example","url":"https://a.example/wire:surge1n7","published_at":"2023-11-17T08:07:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n8a of surge1n8b holds surge1n8c collapse","publisher":"c.example","url":"https://a.example/wire:surge1n8","published_at":"2023-11-17T08:08:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false},{"title":"surge1n9a of surge1n9b holds surge1n9c collapse","publisher":"a.example","url":"https://a.example/wire:surge1n9","published_at":"2023-11-17T08:09:00Z","p_negative":0.8,"copies":0,"publishers":1,"developments":0,"stale":false,"new":false}],"denials":[],"ledger":{"detected_at":"2023-11-17T15:15:00.000Z","published_at":null,"received_at":null,"scored_at":null,"committed_at":null},"model":"","configuration":"1f13e23fe02cd298","baseline":"2b4889c95a9cccf0","version":"0.1.0"}');
CREATE TABLE answers (
	seq INTEGER NOT NULL, 
	alert_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	value TEXT NOT NULL, 
	who TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	via TEXT NOT NULL, 
	PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "answers" VALUES(1,'topic:banks@28336800#cff41590','mark','true','ann',1700049600000,'cli');
CREATE TABLE articles (
	seq INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	text_hash TEXT NOT NULL, 
	source TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	url TEXT NOT NULL, 
	raw_title TEXT, 
	raw_summary TEXT, 
	language TEXT NOT NULL, 
	published_at INTEGER, 
	received_at INTEGER NOT NULL, 
	event_time INTEGER NOT NULL, 
	tickers TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	mode TEXT NOT NULL, 
	title TEXT NOT NULL, 
	lead TEXT NOT NULL, 
	unscored TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	story_id TEXT NOT NULL, 
	unit_id TEXT NOT NULL, 
	role TEXT NOT NULL, 
	scored_at INTEGER, 
	committed_at INTEGER NOT NULL, 
	PRIMARY KEY (seq), 
	CONSTRAINT uq_articles_key_text_hash UNIQUE ("key", text_hash)
)
 STRICT

;
INSERT INTO "articles" VALUES(4,'wire:d0n4','e026a403827d9cd1','wire','b.example','https://a.example/wire:d0n4',NULL,NULL,'en',1700051959154,1700051959154,1700051959154,'[]','finance','live','d0n4a of d0n4b holds d0n4c meeting','','','trial','wire:d0n4','wire:d0n4','new',NULL,1700051400000);
INSERT INTO "articles" VALUES(6,'wire:d0n27','d112422c8b82148f','wire','a.example','https://a.example/wire:d0n27',NULL,NULL,'en',1700052366445,1700052366445,1700052366445,'[]','finance','live','d0n27a of d0n27b holds d0n27c meeting','','','trial','wire:d0n27','wire:d0n27','new',NULL,1700052300000);
INSERT INTO "articles" VALUES(8,'wire:old0','aeff303050abe4b0','wire','b.example','https://a.example/wire:old0',NULL,NULL,'en',1696420800000,1700053200000,1696420800000,'[]','finance','backlog','old0a of old0b holds old0c collapse','','','backlog','wire:old0','wire:old0','new',NULL,1700053200000);
INSERT INTO "articles" VALUES(9,'wire:late0','adfb3d71b2356d46','wire','c.example','https://a.example/wire:late0',NULL,NULL,'en',1700031600000,1700053200000,1700031600000,'[]','finance','live','late0a of late0b holds late0c collapse','','','trial','wire:late0','wire:late0','new',NULL,1700053200000);
INSERT INTO "articles" VALUES(13,'wire:d0n14','9c25ede6d4dfe70d','wire','c.example','https://a.example/wire:d0n14',NULL,NULL,'en',1700056562732,1700056562732,1700056562732,'[]','finance','live','d0n14a of d0n14b holds d0n14c meeting','','','trial','wire:d0n14','wire:d0n14','new',NULL,1700055900000);
INSERT INTO "articles" VALUES(20,'wire:d0n16','9551d8b6d57f6e8c','wire','b.example','https://a.example/wire:d0n16',NULL,NULL,'en',1700061414819,1700061414819,1700061414819,'[]','finance','live','d0n16a of d0n16b holds d0n16c meeting','','','trial','wire:d0n16','wire:d0n16','new',NULL,1700061300000);
INSERT INTO "articles" VALUES(22,'wire:d0n21','2e40ab78950a3d5b','wire','a.example','https://a.example/wire:d0n21',NULL,NULL,'en',1700062822819,1700062822819,1700062822819,'[]','finance','live','d0n21a of d0n21b holds d0n21c meeting','','','trial','wire:d0n21','wire:d0n21','new',NULL,1700062200000);
INSERT INTO "articles" VALUES(25,'wire:d0n1','92d009cef4986ab5','wire','b.example','https://a.example/wire:d0n1',NULL,NULL,'en',1700064878805,1700064878805,1700064878805,'[]','finance','live','d0n1a of d0n1b holds d0n1c collapse','','','trial','wire:d0n1','wire:d0n1','new',NULL,1700064000000);
INSERT INTO "articles" VALUES(27,'wire:d0n28','bd4e359fd257047f','wire','b.example','https://a.example/wire:d0n28',NULL,NULL,'en',1700065414413,1700065414413,1700065414413,'[]','finance','live','d0n28a of d0n28b holds d0n28c meeting','','','trial','wire:d0n28','wire:d0n28','new',NULL,1700064900000);
INSERT INTO "articles" VALUES(29,'wire:d0n1c','92d009cef4986ab5','wire','z.example','https://a.example/wire:d0n1',NULL,NULL,'en',1700066675285,1700064878805,1700066675285,'[]','finance','live','d0n1a of d0n1b holds d0n1c collapse','','','trial','wire:d0n1','wire:d0n1','copy',NULL,1700065800000);
INSERT INTO "articles" VALUES(31,'wire:d0n21c','2e40ab78950a3d5b','wire','z.example','https://a.example/wire:d0n21',NULL,NULL,'en',1700067055784,1700062822819,1700067055784,'[]','finance','live','d0n21a of d0n21b holds d0n21c meeting','','','trial','wire:d0n21','wire:d0n21','copy',NULL,1700066700000);
INSERT INTO "articles" VALUES(33,'wire:d0n4c','e026a403827d9cd1','wire','z.example','https://a.example/wire:d0n4',NULL,NULL,'en',1700068389932,1700051959154,1700068389932,'[]','finance','live','d0n4a of d0n4b holds d0n4c meeting','','','trial','wire:d0n4','wire:d0n4','copy',NULL,1700067600000);
INSERT INTO "articles" VALUES(37,'wire:d0n27c','d112422c8b82148f','wire','z.example','https://a.example/wire:d0n27',NULL,NULL,'en',1700070437049,1700052366445,1700070437049,'[]','finance','live','d0n27a of d0n27b holds d0n27c meeting','','','trial','wire:d0n27','wire:d0n27','copy',NULL,1700070300000);
INSERT INTO "articles" VALUES(39,'wire:d0n17','f618ba89db2b48e4','wire','c.example','https://a.example/wire:d0n17',NULL,NULL,'en',1700071889332,1700071889332,1700071889332,'[]','finance','live','d0n17a of d0n17b holds d0n17c meeting','','','trial','wire:d0n17','wire:d0n17','new',NULL,1700071200000);
INSERT INTO "articles" VALUES(44,'wire:d0n17','620afe74c63a5742','wire','c.example','https://a.example/wire:d0n17',NULL,NULL,'en',1700071889332,1700075489332,1700071889332,'[]','finance','live','d0n17a of d0n17b holds d0n17c meeting again','','','trial','wire:d0n17','wire:d0n17','revision',NULL,1700074800000);
INSERT INTO "articles" VALUES(47,'wire:d0n7','8e48bb0ded5ecd3f','wire','b.example','https://a.example/wire:d0n7',NULL,NULL,'en',1700076635515,1700076635515,1700076635515,'[]','finance','live','d0n7a of d0n7b holds d0n7c meeting','','','trial','wire:d0n7','wire:d0n7','new',NULL,1700076600000);
INSERT INTO "articles" VALUES(48,'wire:d0n24','34eead110457d676','wire','a.example','https://a.example/wire:d0n24',NULL,NULL,'en',1700077209713,1700077209713,1700077209713,'[]','finance','live','d0n24a of d0n24b holds d0n24c meeting','','','trial','wire:d0n24','wire:d0n24','new',NULL,1700076600000);
INSERT INTO "articles" VALUES(51,'wire:d0n13','7202912160f75485','wire','b.example','https://a.example/wire:d0n13',NULL,NULL,'en',1700078488330,1700078488330,1700078488330,'[]','finance','live','d0n13a of d0n13b holds d0n13c collapse','','','trial','wire:d0n13','wire:d0n13','new',NULL,1700078400000);
INSERT INTO "articles" VALUES(52,'wire:d0n2','bb2d164bdd289319','wire','c.example','https://a.example/wire:d0n2',NULL,NULL,'en',1700078495864,1700078495864,1700078495864,'[]','finance','live','d0n2a of d0n2b holds d0n2c meeting','','','trial','wire:d0n2','wire:d0n2','new',NULL,1700078400000);
INSERT INTO "articles" VALUES(53,'wire:d0n10','49136bb173c60d32','wire','b.example','https://a.example/wire:d0n10',NULL,NULL,'en',1700079239572,1700079239572,1700079239572,'[]','finance','live','d0n10a of d0n10b holds d0n10c collapse','','','trial','wire:d0n10','wire:d0n10','new',NULL,1700078400000);
INSERT INTO "articles" VALUES(55,'wire:d0n9','4ff74dd256b26734','wire','a.example','https://a.example/wire:d0n9',NULL,NULL,'en',1700079606638,1700079606638,1700079606638,'[]','finance','live','d0n9a of d0n9b holds d0n9c meeting','','','trial','wire:d0n9','wire:d0n9','new',NULL,1700079300000);
INSERT INTO "articles" VALUES(57,'wire:d0n24','ad9b9a20e3ea4597','wire','a.example','https://a.example/wire:d0n24',NULL,NULL,'en',1700077209713,1700080809713,1700077209713,'[]','finance','live','d0n24a of d0n24b holds d0n24c meeting again','','','trial','wire:d0n24','wire:d0n24','revision',NULL,1700080200000);
INSERT INTO "articles" VALUES(61,'wire:d0n28c','bd4e359fd257047f','wire','z.example','https://a.example/wire:d0n28',NULL,NULL,'en',1700083378554,1700065414413,1700083378554,'[]','finance','live','d0n28a of d0n28b holds d0n28c meeting','','','trial','wire:d0n28','wire:d0n28','copy',NULL,1700082900000);
INSERT INTO "articles" VALUES(63,'wire:d0n23','29413cb70b334453','wire','c.example','https://a.example/wire:d0n23',NULL,NULL,'en',1700083916113,1700083916113,1700083916113,'[]','finance','live','d0n23a of d0n23b holds d0n23c meeting','','','trial','wire:d0n23','wire:d0n23','new',NULL,1700083800000);
INSERT INTO "articles" VALUES(64,'wire:d0n19','7c0cf32f7776bf2f','wire','b.example','https://a.example/wire:d0n19',NULL,NULL,'en',1700084652976,1700084652976,1700084652976,'[]','finance','live','d0n19a of d0n19b holds d0n19c collapse','','','trial','wire:d0n19','wire:d0n19','new',NULL,1700083800000);
INSERT INTO "articles" VALUES(70,'wire:d0n25','0ab710caab12682a','wire','b.example','https://a.example/wire:d0n25',NULL,NULL,'en',1700088326850,1700088326850,1700088326850,'[]','finance','live','d0n25a of d0n25b holds d0n25c meeting','','','trial','wire:d0n25','wire:d0n25','new',NULL,1700088300000);
INSERT INTO "articles" VALUES(73,'wire:d0n6','1fab3dff10b0027d','wire','a.example','https://a.example/wire:d0n6',NULL,NULL,'en',1700090260529,1700090260529,1700090260529,'[]','finance','live','d0n6a of d0n6b holds d0n6c meeting','','','trial','wire:d0n6','wire:d0n6','new',NULL,1700090100000);
INSERT INTO "articles" VALUES(77,'wire:d0n20','f3c22f3e42056e37','wire','c.example','https://a.example/wire:d0n20',NULL,NULL,'en',1700093309972,1700093309972,1700093309972,'[]','finance','live','d0n20a of d0n20b holds d0n20c meeting','','','trial','wire:d0n20','wire:d0n20','new',NULL,1700092800000);
INSERT INTO "articles" VALUES(80,'wire:d0n18','29d43f2ceb29a0b1','wire','a.example','https://a.example/wire:d0n18',NULL,NULL,'en',1700095122004,1700095122004,1700095122004,'[]','finance','live','d0n18a of d0n18b holds d0n18c collapse','','','trial','wire:d0n18','wire:d0n18','new',NULL,1700094600000);
INSERT INTO "articles" VALUES(82,'wire:d0n6c','1fab3dff10b0027d','wire','z.example','https://a.example/wire:d0n6',NULL,NULL,'en',1700096187006,1700090260529,1700096187006,'[]','finance','live','d0n6a of d0n6b holds d0n6c meeting','','','trial','wire:d0n6','wire:d0n6','copy',NULL,1700095500000);
INSERT INTO "articles" VALUES(84,'wire:d0n20','8326fcc4e0e14226','wire','c.example','https://a.example/wire:d0n20',NULL,NULL,'en',1700093309972,1700096909972,1700093309972,'[]','finance','live','d0n20a of d0n20b holds d0n20c meeting again','','','trial','wire:d0n20','wire:d0n20','revision',NULL,1700096400000);
INSERT INTO "articles" VALUES(85,'wire:d0n11','02bbe35a98b9c766','wire','c.example','https://a.example/wire:d0n11',NULL,NULL,'en',1700096930542,1700096930542,1700096930542,'[]','finance','live','d0n11a of d0n11b holds d0n11c meeting','','','trial','wire:d0n11','wire:d0n11','new',NULL,1700096400000);
INSERT INTO "articles" VALUES(90,'wire:d0n0','b118494150a93673','wire','a.example','https://a.example/wire:d0n0',NULL,NULL,'en',1700100774974,1700100774974,1700100774974,'[]','finance','live','d0n0a of d0n0b holds d0n0c meeting','','','trial','wire:d0n0','wire:d0n0','new',NULL,1700100000000);
INSERT INTO "articles" VALUES(96,'wire:d0n23c','29413cb70b334453','wire','z.example','https://a.example/wire:d0n23',NULL,NULL,'en',1700104736759,1700083916113,1700104736759,'[]','finance','live','d0n23a of d0n23b holds d0n23c meeting','','','trial','wire:d0n23','wire:d0n23','copy',NULL,1700104500000);
INSERT INTO "articles" VALUES(101,'wire:d0n18c','29d43f2ceb29a0b1','wire','z.example','https://a.example/wire:d0n18',NULL,NULL,'en',1700108356102,1700095122004,1700108356102,'[]','finance','live','d0n18a of d0n18b holds d0n18c collapse','','','trial','wire:d0n18','wire:d0n18','copy',NULL,1700108100000);
INSERT INTO "articles" VALUES(103,'wire:d0n0c','b118494150a93673','wire','z.example','https://a.example/wire:d0n0',NULL,NULL,'en',1700109233621,1700100774974,1700109233621,'[]','finance','live','d0n0a of d0n0b holds d0n0c meeting','','','trial','wire:d0n0','wire:d0n0','copy',NULL,1700109000000);
INSERT INTO "articles" VALUES(104,'wire:d0n5','a87662c9bcbaeeb1','wire','c.example','https://a.example/wire:d0n5',NULL,NULL,'en',1700109419890,1700109419890,1700109419890,'[]','finance','live','d0n5a of d0n5b holds d0n5c meeting','','','trial','wire:d0n5','wire:d0n5','new',NULL,1700109000000);
INSERT INTO "articles" VALUES(107,'wire:d0n15','8e8effed2e3ef2bd','wire','a.example','https://a.example/wire:d0n15',NULL,NULL,'en',1700111105741,1700111105741,1700111105741,'[]','finance','live','d0n15a of d0n15b holds d0n15c meeting','','','trial','wire:d0n15','wire:d0n15','new',NULL,1700110800000);
INSERT INTO "articles" VALUES(110,'wire:d0n3','57978f9d83238a0c','wire','a.example','https://a.example/wire:d0n3',NULL,NULL,'en',1700112874814,1700112874814,1700112874814,'[]','finance','live','d0n3a of d0n3b holds d0n3c meeting','','','trial','wire:d0n3','wire:d0n3','new',NULL,1700112600000);
INSERT INTO "articles" VALUES(111,'wire:d0n5','5c237283bbc66187','wire','c.example','https://a.example/wire:d0n5',NULL,NULL,'en',1700109419890,1700113019890,1700109419890,'[]','finance','live','d0n5a of d0n5b holds d0n5c meeting again','','','trial','wire:d0n5','wire:d0n5','revision',NULL,1700112600000);
INSERT INTO "articles" VALUES(114,'wire:d0n15','b019e8396d633be0','wire','a.example','https://a.example/wire:d0n15',NULL,NULL,'en',1700111105741,1700114705741,1700111105741,'[]','finance','live','d0n15a of d0n15b holds d0n15c meeting again','','','trial','wire:d0n15','wire:d0n15','revision',NULL,1700114400000);
INSERT INTO "articles" VALUES(115,'wire:d0n8','07954bca25ab41d4','wire','c.example','https://a.example/wire:d0n8',NULL,NULL,'en',1700115245797,1700115245797,1700115245797,'[]','finance','live','d0n8a of d0n8b holds d0n8c collapse','','','trial','wire:d0n8','wire:d0n8','new',NULL,1700114400000);
INSERT INTO "articles" VALUES(121,'wire:d0n22','202560c5e76353f1','wire','b.example','https://a.example/wire:d0n22',NULL,NULL,'en',1700118968101,1700118968101,1700118968101,'[]','finance','live','d0n22a of d0n22b holds d0n22c meeting','','','trial','wire:d0n22','wire:d0n22','new',NULL,1700118900000);
INSERT INTO "articles" VALUES(126,'wire:d0n26','328a4af8532a891d','wire','c.example','https://a.example/wire:d0n26',NULL,NULL,'en',1700123003451,1700123003451,1700123003451,'[]','finance','live','d0n26a of d0n26b holds d0n26c meeting','','','trial','wire:d0n26','wire:d0n26','new',NULL,1700122500000);
INSERT INTO "articles" VALUES(128,'wire:d0n12','5b9f27e28f7a8dc2','wire','a.example','https://a.example/wire:d0n12',NULL,NULL,'en',1700123760927,1700123760927,1700123760927,'[]','finance','live','d0n12a of d0n12b holds d0n12c meeting','','','trial','wire:d0n12','wire:d0n12','new',NULL,1700123400000);
INSERT INTO "articles" VALUES(142,'wire:d0n29','36618369cd6f0c5b','wire','c.example','https://a.example/wire:d0n29',NULL,NULL,'en',1700135705422,1700135705422,1700135705422,'[]','finance','live','d0n29a of d0n29b holds d0n29c meeting','','','trial','wire:d0n29','wire:d0n29','new',NULL,1700135100000);
INSERT INTO "articles" VALUES(147,'wire:d1n22','aa567fc72f7351c2','wire','b.example','https://a.example/wire:d1n22',NULL,NULL,'en',1700138178895,1700138178895,1700138178895,'[]','finance','live','d1n22a of d1n22b holds d1n22c collapse','','','live','wire:d1n22','wire:d1n22','new',NULL,1700137800000);
INSERT INTO "articles" VALUES(150,'wire:old1','92dbaf58bee800ab','wire','b.example','https://a.example/wire:old1',NULL,NULL,'en',1694520000000,1700139600000,1694520000000,'[]','finance','backlog','old1a of old1b holds old1c collapse','','','backlog','wire:old1','wire:old1','new',NULL,1700139600000);
INSERT INTO "articles" VALUES(151,'wire:late1','c9af1a95b00b2add','wire','c.example','https://a.example/wire:late1',NULL,NULL,'en',1700118000000,1700139600000,1700118000000,'[]','finance','live','late1a of late1b holds late1c collapse','','','late','wire:late1','wire:late1','new',NULL,1700139600000);
INSERT INTO "articles" VALUES(155,'wire:d1n26','8e0692f32ca00ec7','wire','c.example','https://a.example/wire:d1n26',NULL,NULL,'en',1700142813738,1700142813738,1700142813738,'[]','finance','live','d1n26a of d1n26b holds d1n26c meeting','','','live','wire:d1n26','wire:d1n26','new',NULL,1700142300000);
INSERT INTO "articles" VALUES(157,'wire:d1n21','641b14890d0e2b3c','wire','a.example','https://a.example/wire:d1n21',NULL,NULL,'en',1700143628052,1700143628052,1700143628052,'[]','finance','live','d1n21a of d1n21b holds d1n21c collapse','','','live','wire:d1n21','wire:d1n21','new',NULL,1700143200000);
INSERT INTO "articles" VALUES(164,'wire:d1n9','6c2655e365238e33','wire','a.example','https://a.example/wire:d1n9',NULL,NULL,'en',1700148982089,1700148982089,1700148982089,'[]','finance','live','d1n9a of d1n9b holds d1n9c meeting','','','live','wire:d1n9','wire:d1n9','new',NULL,1700148600000);
INSERT INTO "articles" VALUES(167,'wire:d1n8','19743d1718e565ad','wire','c.example','https://a.example/wire:d1n8',NULL,NULL,'en',1700150908615,1700150908615,1700150908615,'[]','finance','live','d1n8a of d1n8b holds d1n8c meeting','','','live','wire:d1n8','wire:d1n8','new',NULL,1700150400000);
INSERT INTO "articles" VALUES(173,'wire:d1n13','6a2a7ef4ed6bc7c7','wire','b.example','https://a.example/wire:d1n13',NULL,NULL,'en',1700154970945,1700154970945,1700154970945,'[]','finance','live','d1n13a of d1n13b holds d1n13c meeting','','','live','wire:d1n13','wire:d1n13','new',NULL,1700154900000);
INSERT INTO "articles" VALUES(181,'wire:d1n24','d0ae98cdb69436c7','wire','a.example','https://a.example/wire:d1n24',NULL,NULL,'en',1700161486772,1700161486772,1700161486772,'[]','finance','live','d1n24a of d1n24b holds d1n24c meeting','','','live','wire:d1n24','wire:d1n24','new',NULL,1700161200000);
INSERT INTO "articles" VALUES(183,'wire:d1n4','e4293476edf6084f','wire','b.example','https://a.example/wire:d1n4',NULL,NULL,'en',1700162999450,1700162999450,1700162999450,'[]','finance','live','d1n4a of d1n4b holds d1n4c meeting','','','live','wire:d1n4','wire:d1n4','new',NULL,1700162100000);
INSERT INTO "articles" VALUES(189,'wire:d1n2','e3e542d76b0f8fd3','wire','c.example','https://a.example/wire:d1n2',NULL,NULL,'en',1700167456590,1700167456590,1700167456590,'[]','finance','live','d1n2a of d1n2b holds d1n2c meeting','','','live','wire:d1n2','wire:d1n2','new',NULL,1700166600000);
INSERT INTO "articles" VALUES(190,'wire:d1n15','7d22faf4eb803332','wire','a.example','https://a.example/wire:d1n15',NULL,NULL,'en',1700167481618,1700167481618,1700167481618,'[]','finance','live','d1n15a of d1n15b holds d1n15c meeting','','','live','wire:d1n15','wire:d1n15','new',NULL,1700166600000);
INSERT INTO "articles" VALUES(194,'wire:d1n3','2d6fbdeea8852802','wire','a.example','https://a.example/wire:d1n3',NULL,NULL,'en',1700169865344,1700169865344,1700169865344,'[]','finance','live','d1n3a of d1n3b holds d1n3c meeting','','','live','wire:d1n3','wire:d1n3','new',NULL,1700169300000);
INSERT INTO "articles" VALUES(199,'wire:d1n19','a590aac9e42749a2','wire','b.example','https://a.example/wire:d1n19',NULL,NULL,'en',1700173308836,1700173308836,1700173308836,'[]','finance','live','d1n19a of d1n19b holds d1n19c meeting','','','live','wire:d1n19','wire:d1n19','new',NULL,1700172900000);
INSERT INTO "articles" VALUES(203,'wire:d1n14','81c728d72e0842ff','wire','c.example','https://a.example/wire:d1n14',NULL,NULL,'en',1700176194802,1700176194802,1700176194802,'[]','finance','live','d1n14a of d1n14b holds d1n14c collapse','','','live','wire:d1n14','wire:d1n14','new',NULL,1700175600000);
INSERT INTO "articles" VALUES(207,'wire:d1n12','37f9bf76ab0ac138','wire','a.example','https://a.example/wire:d1n12',NULL,NULL,'en',1700179003841,1700179003841,1700179003841,'[]','finance','live','d1n12a of d1n12b holds d1n12c meeting','','','live','wire:d1n12','wire:d1n12','new',NULL,1700178300000);
INSERT INTO "articles" VALUES(210,'wire:d1n20','84594243696a766e','wire','c.example','https://a.example/wire:d1n20',NULL,NULL,'en',1700180864404,1700180864404,1700180864404,'[]','finance','live','d1n20a of d1n20b holds d1n20c meeting','','','live','wire:d1n20','wire:d1n20','new',NULL,1700180100000);
INSERT INTO "articles" VALUES(217,'wire:d1n16','4ac72e562540ddba','wire','b.example','https://a.example/wire:d1n16',NULL,NULL,'en',1700186289532,1700186289532,1700186289532,'[]','finance','live','d1n16a of d1n16b holds d1n16c collapse','','','live','wire:d1n16','wire:d1n16','new',NULL,1700185500000);
INSERT INTO "articles" VALUES(221,'wire:d1n23','b67331be0e21447f','wire','c.example','https://a.example/wire:d1n23',NULL,NULL,'en',1700188693760,1700188693760,1700188693760,'[]','finance','live','d1n23a of d1n23b holds d1n23c meeting','','','live','wire:d1n23','wire:d1n23','new',NULL,1700188200000);
INSERT INTO "articles" VALUES(223,'wire:d1n18','4b016dc693cbcbce','wire','a.example','https://a.example/wire:d1n18',NULL,NULL,'en',1700189288199,1700189288199,1700189288199,'[]','finance','live','d1n18a of d1n18b holds d1n18c collapse','','','live','wire:d1n18','wire:d1n18','new',NULL,1700189100000);
INSERT INTO "articles" VALUES(226,'wire:d1n28','36d9e4ebcdc9576f','wire','b.example','https://a.example/wire:d1n28',NULL,NULL,'en',1700190918415,1700190918415,1700190918415,'[]','finance','live','d1n28a of d1n28b holds d1n28c meeting','','','live','wire:d1n28','wire:d1n28','new',NULL,1700190900000);
INSERT INTO "articles" VALUES(228,'wire:d1n7','e5b21a46d4fea294','wire','b.example','https://a.example/wire:d1n7',NULL,NULL,'en',1700192079822,1700192079822,1700192079822,'[]','finance','live','d1n7a of d1n7b holds d1n7c meeting','','','live','wire:d1n7','wire:d1n7','new',NULL,1700191800000);
INSERT INTO "articles" VALUES(230,'wire:d1n5','be178d4552e7e578','wire','c.example','https://a.example/wire:d1n5',NULL,NULL,'en',1700192897622,1700192897622,1700192897622,'[]','finance','live','d1n5a of d1n5b holds d1n5c meeting','','','live','wire:d1n5','wire:d1n5','new',NULL,1700192700000);
INSERT INTO "articles" VALUES(233,'wire:d1n19c','a590aac9e42749a2','wire','z.example','https://a.example/wire:d1n19',NULL,NULL,'en',1700194816005,1700173308836,1700194816005,'[]','finance','live','d1n19a of d1n19b holds d1n19c meeting','','','live','wire:d1n19','wire:d1n19','copy',NULL,1700194500000);
INSERT INTO "articles" VALUES(235,'wire:d1n23c','b67331be0e21447f','wire','z.example','https://a.example/wire:d1n23',NULL,NULL,'en',1700195868463,1700188693760,1700195868463,'[]','finance','live','d1n23a of d1n23b holds d1n23c meeting','','','live','wire:d1n23','wire:d1n23','copy',NULL,1700195400000);
INSERT INTO "articles" VALUES(237,'wire:d1n29','ea6a4e164069bacc','wire','c.example','https://a.example/wire:d1n29',NULL,NULL,'en',1700197016211,1700197016211,1700197016211,'[]','finance','live','d1n29a of d1n29b holds d1n29c meeting','','','live','wire:d1n29','wire:d1n29','new',NULL,1700196300000);
INSERT INTO "articles" VALUES(240,'wire:d1n5c','be178d4552e7e578','wire','z.example','https://a.example/wire:d1n5',NULL,NULL,'en',1700198717351,1700192897622,1700198717351,'[]','finance','live','d1n5a of d1n5b holds d1n5c meeting','','','live','wire:d1n5','wire:d1n5','copy',NULL,1700198100000);
INSERT INTO "articles" VALUES(244,'wire:d1n1','5f95fb6c109cf466','wire','b.example','https://a.example/wire:d1n1',NULL,NULL,'en',1700201223880,1700201223880,1700201223880,'[]','finance','live','d1n1a of d1n1b holds d1n1c meeting','','','live','wire:d1n1','wire:d1n1','new',NULL,1700200800000);
INSERT INTO "articles" VALUES(246,'wire:d1n0','5d11d0b75e7cc92b','wire','a.example','https://a.example/wire:d1n0',NULL,NULL,'en',1700202403950,1700202403950,1700202403950,'[]','finance','live','d1n0a of d1n0b holds d1n0c collapse','','','live','wire:d1n0','wire:d1n0','new',NULL,1700201700000);
INSERT INTO "articles" VALUES(251,'wire:d1n0','9b6c61a6454c05ff','wire','a.example','https://a.example/wire:d1n0',NULL,NULL,'en',1700202403950,1700206003950,1700202403950,'[]','finance','live','d1n0a of d1n0b holds d1n0c collapse again','','','live','wire:d1n0','wire:d1n0','revision',NULL,1700205300000);
INSERT INTO "articles" VALUES(255,'wire:surge1n0','0bd86fc65c0252e6','wire','a.example','https://a.example/wire:surge1n0',NULL,NULL,'en',1700208000000,1700208000000,1700208000000,'[]','finance','live','surge1n0a of surge1n0b holds surge1n0c collapse','','','live','wire:surge1n0','wire:surge1n0','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(256,'wire:surge1n1','e17e90d1e441c16c','wire','b.example','https://a.example/wire:surge1n1',NULL,NULL,'en',1700208060000,1700208060000,1700208060000,'[]','finance','live','surge1n1a of surge1n1b holds surge1n1c collapse','','','live','wire:surge1n1','wire:surge1n1','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(257,'wire:surge1n2','47d60929abda2c57','wire','c.example','https://a.example/wire:surge1n2',NULL,NULL,'en',1700208120000,1700208120000,1700208120000,'[]','finance','live','surge1n2a of surge1n2b holds surge1n2c collapse','','','live','wire:surge1n2','wire:surge1n2','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(258,'wire:surge1n3','9d1214e5bc9f6a9e','wire','a.example','https://a.example/wire:surge1n3',NULL,NULL,'en',1700208180000,1700208180000,1700208180000,'[]','finance','live','surge1n3a of surge1n3b holds surge1n3c collapse','','','live','wire:surge1n3','wire:surge1n3','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(259,'wire:surge1n4','78c60bf90b3a1a1b','wire','b.example','https://a.example/wire:surge1n4',NULL,NULL,'en',1700208240000,1700208240000,1700208240000,'[]','finance','live','surge1n4a of surge1n4b holds surge1n4c collapse','','','live','wire:surge1n4','wire:surge1n4','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(260,'wire:surge1n5','ffc4d5d3d10519e0','wire','c.example','https://a.example/wire:surge1n5',NULL,NULL,'en',1700208300000,1700208300000,1700208300000,'[]','finance','live','surge1n5a of surge1n5b holds surge1n5c collapse','','','live','wire:surge1n5','wire:surge1n5','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(261,'wire:surge1n6','875a3159b62548f9','wire','a.example','https://a.example/wire:surge1n6',NULL,NULL,'en',1700208360000,1700208360000,1700208360000,'[]','finance','live','surge1n6a of surge1n6b holds surge1n6c collapse','','','live','wire:surge1n6','wire:surge1n6','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(262,'wire:surge1n7','41250431e4f3c035','wire','b.example','https://a.example/wire:surge1n7',NULL,NULL,'en',1700208420000,1700208420000,1700208420000,'[]','finance','live','surge1n7a of surge1n7b holds surge1n7c collapse','','','live','wire:surge1n7','wire:surge1n7','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(263,'wire:surge1n8','5fa3c516b012a616','wire','c.example','https://a.example/wire:surge1n8',NULL,NULL,'en',1700208480000,1700208480000,1700208480000,'[]','finance','live','surge1n8a of surge1n8b holds surge1n8c collapse','','','live','wire:surge1n8','wire:surge1n8','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(264,'wire:surge1n9','baeec958a91e734a','wire','a.example','https://a.example/wire:surge1n9',NULL,NULL,'en',1700208540000,1700208540000,1700208540000,'[]','finance','live','surge1n9a of surge1n9b holds surge1n9c collapse','','','live','wire:surge1n9','wire:surge1n9','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(265,'wire:surge1n10','3dfb4f9b6ea13b64','wire','b.example','https://a.example/wire:surge1n10',NULL,NULL,'en',1700208600000,1700208600000,1700208600000,'[]','finance','live','surge1n10a of surge1n10b holds surge1n10c collapse','','','live','wire:surge1n10','wire:surge1n10','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(266,'wire:surge1n11','b72ecd5a51d16d51','wire','c.example','https://a.example/wire:surge1n11',NULL,NULL,'en',1700208660000,1700208660000,1700208660000,'[]','finance','live','surge1n11a of surge1n11b holds surge1n11c collapse','','','live','wire:surge1n11','wire:surge1n11','new',NULL,1700208000000);
INSERT INTO "articles" VALUES(269,'wire:d1n17','62aa3669fe72ed79','wire','c.example','https://a.example/wire:d1n17',NULL,NULL,'en',1700210581435,1700210581435,1700210581435,'[]','finance','live','d1n17a of d1n17b holds d1n17c collapse','','','live','wire:d1n17','wire:d1n17','new',NULL,1700209800000);
INSERT INTO "articles" VALUES(271,'wire:d1n27','87ca6c28a28750de','wire','a.example','https://a.example/wire:d1n27',NULL,NULL,'en',1700211286588,1700211286588,1700211286588,'[]','finance','live','d1n27a of d1n27b holds d1n27c collapse','','','live','wire:d1n27','wire:d1n27','new',NULL,1700210700000);
INSERT INTO "articles" VALUES(273,'wire:d1n10','a2e1abd7e517d440','wire','b.example','https://a.example/wire:d1n10',NULL,NULL,'en',1700212438871,1700212438871,1700212438871,'[]','finance','live','d1n10a of d1n10b holds d1n10c meeting','','','live','wire:d1n10','wire:d1n10','new',NULL,1700211600000);
INSERT INTO "articles" VALUES(276,'wire:d1n6','c00ea20920a803a2','wire','a.example','https://a.example/wire:d1n6',NULL,NULL,'en',1700214011019,1700214011019,1700214011019,'[]','finance','live','d1n6a of d1n6b holds d1n6c collapse','','','live','wire:d1n6','wire:d1n6','new',NULL,1700213400000);
INSERT INTO "articles" VALUES(277,'wire:d1n17','c7485313c7bebfe0','wire','c.example','https://a.example/wire:d1n17',NULL,NULL,'en',1700210581435,1700214181435,1700210581435,'[]','finance','live','d1n17a of d1n17b holds d1n17c collapse again','','','live','wire:d1n17','wire:d1n17','revision',NULL,1700213400000);
INSERT INTO "articles" VALUES(279,'wire:d1n11','a7dd651b6dd4cc68','wire','c.example','https://a.example/wire:d1n11',NULL,NULL,'en',1700215032819,1700215032819,1700215032819,'[]','finance','live','d1n11a of d1n11b holds d1n11c meeting','','','live','wire:d1n11','wire:d1n11','new',NULL,1700214300000);
INSERT INTO "articles" VALUES(280,'wire:d1n17c','62aa3669fe72ed79','wire','z.example','https://a.example/wire:d1n17',NULL,NULL,'en',1700215072224,1700210581435,1700215072224,'[]','finance','live','d1n17a of d1n17b holds d1n17c collapse','','','live','wire:d1n17','wire:d1n17','copy',NULL,1700214300000);
INSERT INTO "articles" VALUES(287,'wire:d1n25','28f0442ae35b6b0f','wire','b.example','https://a.example/wire:d1n25',NULL,NULL,'en',1700219905651,1700219905651,1700219905651,'[]','finance','live','d1n25a of d1n25b holds d1n25c meeting','','','live','wire:d1n25','wire:d1n25','new',NULL,1700219700000);
INSERT INTO "articles" VALUES(290,'wire:d1n11c','a7dd651b6dd4cc68','wire','z.example','https://a.example/wire:d1n11',NULL,NULL,'en',1700221584726,1700215032819,1700221584726,'[]','finance','live','d1n11a of d1n11b holds d1n11c meeting','','','live','wire:d1n11','wire:d1n11','copy',NULL,1700221500000);
INSERT INTO "articles" VALUES(294,'wire:d2n19','e39bb5cc053ae1da','wire','b.example','https://a.example/wire:d2n19',NULL,NULL,'en',1700224630822,1700224630822,1700224630822,'[]','finance','live','d2n19a of d2n19b holds d2n19c meeting','','','live','wire:d2n19','wire:d2n19','new',NULL,1700224200000);
INSERT INTO "articles" VALUES(297,'wire:old2','fc8c3aa663a28ecf','wire','b.example','https://a.example/wire:old2',NULL,NULL,'en',1693483200000,1700226000000,1693483200000,'[]','finance','backlog','old2a of old2b holds old2c collapse','','','backlog','wire:old2','wire:old2','new',NULL,1700226000000);
INSERT INTO "articles" VALUES(298,'wire:late2','0f852382d9087ce5','wire','c.example','https://a.example/wire:late2',NULL,NULL,'en',1700204400000,1700226000000,1700204400000,'[]','finance','live','late2a of late2b holds late2c collapse','','','late','wire:late2','wire:late2','new',NULL,1700226000000);
INSERT INTO "articles" VALUES(300,'wire:d2n4','ce64cd505489190d','wire','b.example','https://a.example/wire:d2n4',NULL,NULL,'en',1700226917691,1700226917691,1700226917691,'[]','finance','live','d2n4a of d2n4b holds d2n4c meeting','','','live','wire:d2n4','wire:d2n4','new',NULL,1700226900000);
INSERT INTO "articles" VALUES(302,'wire:d2n19','4caa1d0bb9466f6f','wire','b.example','https://a.example/wire:d2n19',NULL,NULL,'en',1700224630822,1700228230822,1700224630822,'[]','finance','live','d2n19a of d2n19b holds d2n19c meeting again','','','live','wire:d2n19','wire:d2n19','revision',NULL,1700227800000);
INSERT INTO "articles" VALUES(310,'wire:d2n8','8c42fec007693415','wire','c.example','https://a.example/wire:d2n8',NULL,NULL,'en',1700234212786,1700234212786,1700234212786,'[]','finance','live','d2n8a of d2n8b holds d2n8c meeting','','','live','wire:d2n8','wire:d2n8','new',NULL,1700234100000);
INSERT INTO "articles" VALUES(311,'wire:d2n0','07ae6c6cf2d44612','wire','a.example','https://a.example/wire:d2n0',NULL,NULL,'en',1700234267299,1700234267299,1700234267299,'[]','finance','live','d2n0a of d2n0b holds d2n0c meeting','','','live','wire:d2n0','wire:d2n0','new',NULL,1700234100000);
INSERT INTO "articles" VALUES(319,'wire:d2n22','b82ce3def2b6fb8c','wire','b.example','https://a.example/wire:d2n22',NULL,NULL,'en',1700240663916,1700240663916,1700240663916,'[]','finance','live','d2n22a of d2n22b holds d2n22c meeting','','','live','wire:d2n22','wire:d2n22','new',NULL,1700240400000);
INSERT INTO "articles" VALUES(321,'wire:d2n2','43d2bb3bf0d551ba','wire','c.example','https://a.example/wire:d2n2',NULL,NULL,'en',1700241838996,1700241838996,1700241838996,'[]','finance','live','d2n2a of d2n2b holds d2n2c collapse','','','live','wire:d2n2','wire:d2n2','new',NULL,1700241300000);
INSERT INTO "articles" VALUES(324,'wire:d2n13','823708078f8f891c','wire','b.example','https://a.example/wire:d2n13',NULL,NULL,'en',1700243180262,1700243180262,1700243180262,'[]','finance','live','d2n13a of d2n13b holds d2n13c meeting','','','live','wire:d2n13','wire:d2n13','new',NULL,1700243100000);
INSERT INTO "articles" VALUES(330,'wire:d2n15','7c33fb7698fc3764','wire','a.example','https://a.example/wire:d2n15',NULL,NULL,'en',1700248455902,1700248455902,1700248455902,'[]','finance','live','d2n15a of d2n15b holds d2n15c meeting','','','live','wire:d2n15','wire:d2n15','new',NULL,1700247600000);
INSERT INTO "articles" VALUES(333,'wire:d2n7','717a55d87de1eaa7','wire','b.example','https://a.example/wire:d2n7',NULL,NULL,'en',1700249629371,1700249629371,1700249629371,'[]','finance','live','d2n7a of d2n7b holds d2n7c meeting','','','live','wire:d2n7','wire:d2n7','new',NULL,1700249400000);
INSERT INTO "articles" VALUES(336,'wire:d2n17','23a775ebee45c42b','wire','c.example','https://a.example/wire:d2n17',NULL,NULL,'en',1700251908933,1700251908933,1700251908933,'[]','finance','live','d2n17a of d2n17b holds d2n17c meeting','','','live','wire:d2n17','wire:d2n17','new',NULL,1700251200000);
INSERT INTO "articles" VALUES(338,'wire:d2n14','9ff630d21c76d6e9','wire','c.example','https://a.example/wire:d2n14',NULL,NULL,'en',1700252990306,1700252990306,1700252990306,'[]','finance','live','d2n14a of d2n14b holds d2n14c collapse','','','live','wire:d2n14','wire:d2n14','new',NULL,1700252100000);
INSERT INTO "articles" VALUES(340,'wire:d2n7','c899b52299c9598d','wire','b.example','https://a.example/wire:d2n7',NULL,NULL,'en',1700249629371,1700253229371,1700249629371,'[]','finance','live','d2n7a of d2n7b holds d2n7c meeting again','','','live','wire:d2n7','wire:d2n7','revision',NULL,1700253000000);
INSERT INTO "articles" VALUES(342,'wire:d2n3','5dd337a12fdcdbd6','wire','a.example','https://a.example/wire:d2n3',NULL,NULL,'en',1700254406111,1700254406111,1700254406111,'[]','finance','live','d2n3a of d2n3b holds d2n3c meeting','','','live','wire:d2n3','wire:d2n3','new',NULL,1700253900000);
INSERT INTO "articles" VALUES(344,'wire:d2n9','33ef6b78bf2b20a6','wire','a.example','https://a.example/wire:d2n9',NULL,NULL,'en',1700255475342,1700255475342,1700255475342,'[]','finance','live','d2n9a of d2n9b holds d2n9c meeting','','','live','wire:d2n9','wire:d2n9','new',NULL,1700254800000);
INSERT INTO "articles" VALUES(348,'wire:d2n26','2f1187fc57575743','wire','c.example','https://a.example/wire:d2n26',NULL,NULL,'en',1700258288061,1700258288061,1700258288061,'[]','finance','live','d2n26a of d2n26b holds d2n26c meeting','','','live','wire:d2n26','wire:d2n26','new',NULL,1700257500000);
INSERT INTO "articles" VALUES(350,'wire:d2n5','d48e2862b0accfbc','wire','c.example','https://a.example/wire:d2n5',NULL,NULL,'en',1700258438385,1700258438385,1700258438385,'[]','finance','live','d2n5a of d2n5b holds d2n5c meeting','','','live','wire:d2n5','wire:d2n5','new',NULL,1700258400000);
INSERT INTO "articles" VALUES(353,'wire:d2n14c','9ff630d21c76d6e9','wire','z.example','https://a.example/wire:d2n14',NULL,NULL,'en',1700260428346,1700252990306,1700260428346,'[]','finance','live','d2n14a of d2n14b holds d2n14c collapse','','','live','wire:d2n14','wire:d2n14','copy',NULL,1700260200000);
INSERT INTO "articles" VALUES(355,'wire:d2n5c','d48e2862b0accfbc','wire','z.example','https://a.example/wire:d2n5',NULL,NULL,'en',1700261449587,1700258438385,1700261449587,'[]','finance','live','d2n5a of d2n5b holds d2n5c meeting','','','live','wire:d2n5','wire:d2n5','copy',NULL,1700261100000);
INSERT INTO "articles" VALUES(356,'wire:d2n26','967ee637717e8e6b','wire','c.example','https://a.example/wire:d2n26',NULL,NULL,'en',1700258288061,1700261888061,1700258288061,'[]','finance','live','d2n26a of d2n26b holds d2n26c meeting again','','','live','wire:d2n26','wire:d2n26','revision',NULL,1700261100000);
INSERT INTO "articles" VALUES(358,'wire:d2n29','4e2f1304f0f559d3','wire','c.example','https://a.example/wire:d2n29',NULL,NULL,'en',1700262684371,1700262684371,1700262684371,'[]','finance','live','d2n29a of d2n29b holds d2n29c meeting','','','live','wire:d2n29','wire:d2n29','new',NULL,1700262000000);
INSERT INTO "articles" VALUES(360,'wire:d2n16','6ff56696f21e0cd7','wire','b.example','https://a.example/wire:d2n16',NULL,NULL,'en',1700263035122,1700263035122,1700263035122,'[]','finance','live','d2n16a of d2n16b holds d2n16c meeting','','','live','wire:d2n16','wire:d2n16','new',NULL,1700262900000);
INSERT INTO "articles" VALUES(365,'wire:d2n10','d7dbdae7c7565531','wire','b.example','https://a.example/wire:d2n10',NULL,NULL,'en',1700266893022,1700266893022,1700266893022,'[]','finance','live','d2n10a of d2n10b holds d2n10c meeting','','','live','wire:d2n10','wire:d2n10','new',NULL,1700266500000);
INSERT INTO "articles" VALUES(367,'wire:d2n26c','2f1187fc57575743','wire','z.example','https://a.example/wire:d2n26',NULL,NULL,'en',1700267414663,1700258288061,1700267414663,'[]','finance','live','d2n26a of d2n26b holds d2n26c meeting','','','live','wire:d2n26','wire:d2n26','copy',NULL,1700267400000);
INSERT INTO "articles" VALUES(375,'wire:d2n18','6fbc7c768dbf733f','wire','a.example','https://a.example/wire:d2n18',NULL,NULL,'en',1700274472607,1700274472607,1700274472607,'[]','finance','live','d2n18a of d2n18b holds d2n18c meeting','','','live','wire:d2n18','wire:d2n18','new',NULL,1700273700000);
INSERT INTO "articles" VALUES(377,'wire:d2n24','ea981822d1216c51','wire','a.example','https://a.example/wire:d2n24',NULL,NULL,'en',1700275093770,1700275093770,1700275093770,'[]','finance','live','d2n24a of d2n24b holds d2n24c meeting','','','live','wire:d2n24','wire:d2n24','new',NULL,1700274600000);
INSERT INTO "articles" VALUES(382,'wire:d2n23','e753a1bfb136da26','wire','c.example','https://a.example/wire:d2n23',NULL,NULL,'en',1700278284307,1700278284307,1700278284307,'[]','finance','live','d2n23a of d2n23b holds d2n23c meeting','','','live','wire:d2n23','wire:d2n23','new',NULL,1700278200000);
INSERT INTO "articles" VALUES(385,'wire:d2n28','d369f057e2c27da3','wire','b.example','https://a.example/wire:d2n28',NULL,NULL,'en',1700280703621,1700280703621,1700280703621,'[]','finance','live','d2n28a of d2n28b holds d2n28c meeting','','','live','wire:d2n28','wire:d2n28','new',NULL,1700280000000);
INSERT INTO "articles" VALUES(389,'wire:d2n12','c7ce9998af5229a1','wire','a.example','https://a.example/wire:d2n12',NULL,NULL,'en',1700283044610,1700283044610,1700283044610,'[]','finance','live','d2n12a of d2n12b holds d2n12c meeting','','','live','wire:d2n12','wire:d2n12','new',NULL,1700282700000);
INSERT INTO "articles" VALUES(392,'wire:d2n18c','6fbc7c768dbf733f','wire','z.example','https://a.example/wire:d2n18',NULL,NULL,'en',1700284965571,1700274472607,1700284965571,'[]','finance','live','d2n18a of d2n18b holds d2n18c meeting','','','live','wire:d2n18','wire:d2n18','copy',NULL,1700284500000);
INSERT INTO "articles" VALUES(401,'wire:d2n1','a5d09f9097f3f491','wire','b.example','https://a.example/wire:d2n1',NULL,NULL,'en',1700291972551,1700291972551,1700291972551,'[]','finance','live','d2n1a of d2n1b holds d2n1c meeting','','','live','wire:d2n1','wire:d2n1','new',NULL,1700291700000);
INSERT INTO "articles" VALUES(403,'wire:d2n21','d1723c9d05697ef5','wire','a.example','https://a.example/wire:d2n21',NULL,NULL,'en',1700292661092,1700292661092,1700292661092,'[]','finance','live','d2n21a of d2n21b holds d2n21c meeting','','','live','wire:d2n21','wire:d2n21','new',NULL,1700292600000);
INSERT INTO "articles" VALUES(404,'wire:d2n25','c72a923ffbd935ff','wire','b.example','https://a.example/wire:d2n25',NULL,NULL,'en',1700292687905,1700292687905,1700292687905,'[]','finance','live','d2n25a of d2n25b holds d2n25c meeting','','','live','wire:d2n25','wire:d2n25','new',NULL,1700292600000);
INSERT INTO "articles" VALUES(408,'wire:d2n20','ecfee10701e57c05','wire','c.example','https://a.example/wire:d2n20',NULL,NULL,'en',1700295823797,1700295823797,1700295823797,'[]','finance','live','d2n20a of d2n20b holds d2n20c meeting','','','live','wire:d2n20','wire:d2n20','new',NULL,1700295300000);
INSERT INTO "articles" VALUES(410,'wire:d2n21','c82351b91c52c734','wire','a.example','https://a.example/wire:d2n21',NULL,NULL,'en',1700292661092,1700296261092,1700292661092,'[]','finance','live','d2n21a of d2n21b holds d2n21c meeting again','','','live','wire:d2n21','wire:d2n21','revision',NULL,1700296200000);
INSERT INTO "articles" VALUES(415,'wire:d2n20c','ecfee10701e57c05','wire','z.example','https://a.example/wire:d2n20',NULL,NULL,'en',1700300647968,1700295823797,1700300647968,'[]','finance','live','d2n20a of d2n20b holds d2n20c meeting','','','live','wire:d2n20','wire:d2n20','copy',NULL,1700299800000);
INSERT INTO "articles" VALUES(419,'wire:d2n6','2213fd8e7180c259','wire','a.example','https://a.example/wire:d2n6',NULL,NULL,'en',1700303319010,1700303319010,1700303319010,'[]','finance','live','d2n6a of d2n6b holds d2n6c meeting','','','live','wire:d2n6','wire:d2n6','new',NULL,1700302500000);
INSERT INTO "articles" VALUES(423,'wire:d2n11','dc2a882d05c67573','wire','c.example','https://a.example/wire:d2n11',NULL,NULL,'en',1700305567314,1700305567314,1700305567314,'[]','finance','live','d2n11a of d2n11b holds d2n11c collapse','','','live','wire:d2n11','wire:d2n11','new',NULL,1700305200000);
INSERT INTO "articles" VALUES(425,'wire:d2n27','0f5d3c66a50f960a','wire','a.example','https://a.example/wire:d2n27',NULL,NULL,'en',1700306738736,1700306738736,1700306738736,'[]','finance','live','d2n27a of d2n27b holds d2n27c collapse','','','live','wire:d2n27','wire:d2n27','new',NULL,1700306100000);
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	who TEXT NOT NULL, 
	via TEXT NOT NULL, 
	login TEXT NOT NULL, 
	address TEXT NOT NULL, 
	what TEXT NOT NULL, 
	PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "audit" VALUES(1,1700049600000,'mute','ann','api','desk','127.0.0.1','{"series":"market"}');
CREATE TABLE buckets (
	minute INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	stories INTEGER NOT NULL, 
	negative INTEGER NOT NULL, 
	live_stories INTEGER NOT NULL, 
	live_negative INTEGER NOT NULL, 
	shown INTEGER NOT NULL, 
	scored INTEGER NOT NULL, 
	sentiment INTEGER NOT NULL, 
	PRIMARY KEY (minute, series)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "buckets" VALUES(28224720,'entity:c4',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28224720,'market',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28224720,'sector:banks',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28224720,'topic:banks',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28242000,'entity:c2',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28242000,'market',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28242000,'sector:banks',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28242000,'topic:banks',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28273680,'market',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28273680,'topic:banks',0,0,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28333860,'entity:c3',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28333860,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28333860,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28333860,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334199,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334199,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334206,'entity:c4',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334206,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334206,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334206,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334276,'entity:c5',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334276,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334276,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334276,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334356,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334356,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334380,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334380,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334414,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334414,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334423,'entity:c6',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334423,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334423,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334423,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334444,'entity:c3',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334444,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334450,'entity:c3',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334450,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334473,'entity:c0',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334473,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334531,'entity:c2',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334531,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334531,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334531,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334610,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334610,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334620,'entity:c0',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334620,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334620,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334620,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334641,'market',2,1,0,0,2,2,-350000);
INSERT INTO "buckets" VALUES(28334641,'topic:banks',2,1,0,0,2,2,-350000);
INSERT INTO "buckets" VALUES(28334653,'entity:c1',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334653,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334653,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334653,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334660,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334660,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334731,'entity:c5',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334731,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334731,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334731,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334744,'entity:c6',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334744,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334744,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334744,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334805,'entity:c2',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334805,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334805,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334805,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334837,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334837,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334888,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334888,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334918,'entity:c4',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334918,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334918,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334918,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28334936,'entity:c4',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334936,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334948,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28334948,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335012,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335012,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335153,'entity:c1',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335153,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335156,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335156,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335185,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335185,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335214,'entity:c5',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335214,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335214,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335214,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335254,'entity:c6',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335254,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335254,'sector:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335254,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335300,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335300,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28335316,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335316,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335383,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335383,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335396,'entity:c3',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335396,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335396,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335396,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335595,'entity:c1',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335595,'market',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335595,'sector:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335595,'topic:banks',1,0,0,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335636,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335636,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335713,'entity:c5',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335713,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335713,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335713,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335727,'entity:c6',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335727,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335727,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335727,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28335816,'entity:c4',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335816,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335816,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335816,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335848,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335848,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335916,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28335916,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336024,'entity:c3',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336024,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336024,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336024,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336049,'entity:c5',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336049,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336049,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336049,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336124,'entity:c3',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336124,'market',2,0,2,0,2,2,700000);
INSERT INTO "buckets" VALUES(28336124,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336124,'topic:banks',2,0,2,0,2,2,700000);
INSERT INTO "buckets" VALUES(28336164,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336164,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336221,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336221,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336269,'entity:c3',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336269,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336269,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336269,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336316,'entity:c1',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336316,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336316,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336316,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336347,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336347,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336438,'entity:c5',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336438,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336438,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336438,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336478,'entity:c1',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336478,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336478,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336478,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336488,'entity:c2',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336488,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336488,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336488,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336515,'entity:c0',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336515,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336515,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336515,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336534,'entity:c2',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336534,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336534,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336534,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336548,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336548,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336580,'entity:c4',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336580,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336616,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336616,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336645,'entity:c0',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336645,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336687,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336687,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336706,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336706,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336740,'market',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28336740,'topic:banks',1,1,0,0,1,1,-700000);
INSERT INTO "buckets" VALUES(28336800,'entity:c4',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336800,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336800,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336800,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336801,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336801,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336802,'entity:c6',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336802,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336802,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336802,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336803,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336803,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336804,'entity:c1',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336804,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336804,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336804,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336805,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336805,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336806,'entity:c3',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336806,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336806,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336806,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336807,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336807,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336808,'entity:c5',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336808,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336808,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336808,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336809,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336809,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336810,'entity:c0',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336810,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336810,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336810,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336811,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336811,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336843,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336843,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336854,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336854,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336873,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336873,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336900,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336900,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336917,'entity:c0',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28336917,'entity:c6',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336917,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336917,'sector:banks',2,1,2,1,2,2,-350000);
INSERT INTO "buckets" VALUES(28336917,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336998,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28336998,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337077,'entity:c2',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337077,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337077,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337077,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337115,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337115,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337236,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337236,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337237,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337237,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337344,'entity:c1',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337344,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337344,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337344,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337363,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337363,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337386,'entity:c1',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337386,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337386,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337386,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337474,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337474,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337493,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337493,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337531,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337531,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337549,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337549,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337573,'entity:c3',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337573,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337573,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337573,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337591,'entity:c4',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337591,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337591,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337591,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337638,'entity:c5',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337638,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337638,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337638,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337640,'entity:c5',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337640,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337640,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337640,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337673,'entity:c3',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337673,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28337711,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337711,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337717,'entity:c5',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337717,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337717,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337717,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337781,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337781,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337907,'entity:c0',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337907,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337907,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337907,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337918,'entity:c3',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337918,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337918,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337918,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337971,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28337971,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338011,'entity:c2',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338011,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338011,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338011,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338050,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338050,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338199,'entity:c1',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338199,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338199,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338199,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338211,'entity:c6',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338211,'market',2,0,2,0,2,2,700000);
INSERT INTO "buckets" VALUES(28338211,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338211,'topic:banks',2,0,2,0,2,2,700000);
INSERT INTO "buckets" VALUES(28338263,'entity:c4',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338263,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338263,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338263,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338388,'entity:c0',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338388,'market',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338388,'sector:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338388,'topic:banks',1,0,1,0,1,1,350000);
INSERT INTO "buckets" VALUES(28338426,'entity:c6',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28338426,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28338426,'sector:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28338426,'topic:banks',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28338445,'market',1,1,1,1,1,1,-700000);
INSERT INTO "buckets" VALUES(28338445,'topic:banks',1,1,1,1,1,1,-700000);
CREATE TABLE endpoints (
	name TEXT NOT NULL, 
	address TEXT NOT NULL, 
	gone_at INTEGER, 
	PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "endpoints" VALUES('gone','',1700049600000);
CREATE TABLE mentions (
	article_seq INTEGER NOT NULL, 
	read_from INTEGER DEFAULT '0' NOT NULL, 
	read_until INTEGER, 
	ordinal INTEGER NOT NULL, 
	entity_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	sector TEXT NOT NULL, 
	"where" TEXT NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	relevance INTEGER NOT NULL, 
	PRIMARY KEY (article_seq, read_from, ordinal)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "mentions" VALUES(6,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(9,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(13,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(27,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(29,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(31,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(33,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(39,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(48,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(53,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(63,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(64,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(70,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(80,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(82,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(84,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(103,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(110,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(111,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(114,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(115,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(128,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(142,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(150,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(155,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(157,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(164,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(181,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(183,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(189,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(203,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(207,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(217,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(221,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(223,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(226,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(228,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(233,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(240,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(251,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(255,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(257,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(259,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(261,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(263,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(265,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(279,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(280,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(294,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(297,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(319,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(324,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(340,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(342,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(344,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(348,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(350,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(353,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(356,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(360,0,NULL,0,'c5','c5','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(375,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(377,0,NULL,0,'c3','c3','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(385,0,NULL,0,'c2','c2','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(401,0,NULL,0,'c1','c1','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(403,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(408,0,NULL,0,'c4','c4','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(419,0,NULL,0,'c0','c0','company','banks','title',0,4,1000000);
INSERT INTO "mentions" VALUES(423,0,NULL,0,'c6','c6','company','banks','title',0,4,1000000);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
)
 STRICT

;
INSERT INTO "meta" VALUES('sources','{"began": 1700049600000, "heard": {"wire": 1700051400000}, "trial": []}');
INSERT INTO "meta" VALUES('fit','{"at": 1700287200000, "hours": 60, "classes": {"entity": {"shape": [1.0100400478902312, 0.8215425813233167, 1.0100400478902312, 1.0100400478902312, 0.8530867136531067, 0.8530867136531067, 0.9784959155604412, 0.9469517832306511, 3.2081540546218004, 1.0100400478902312, 0.47609178051927764, 0.8215425813233167, 0.9215032801441316, 0.799219514975054, 0.5239315854094225, 1.0130666460857336, 0.82993991420253, 0.9522236793716077, 0.5239315854094225, 1.1967912097097633, 1.5636425052169962, 1.1052278437681615, 0.82993991420253, 1.0745074445406855, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067], "beta": 0.5, "a": 10.0, "b": 253.87115312815487, "phi": 1.0, "excess": [0.22609228154107058, 0.2349882591231859], "alpha": [0.19940819476130742, 0.14505945464734238], "share": 0.32142857142857145}, "market": {"shape": [1.0007145551421008, 0.819613342217499, 1.0007145551421008, 1.0007145551421008, 0.819613342217499, 0.819613342217499, 1.0007145551421008, 1.0007145551421008, 3.3550303231619254, 1.0007145551421008, 0.4574109163682954, 0.819613342217499, 0.9271302065310449, 0.7828139777388009, 0.494181520154313, 1.071446435323289, 0.7828139777388009, 0.9271302065310449, 0.494181520154313, 1.215762664115533, 1.6487113504922648, 1.071446435323289, 0.7828139777388009, 1.071446435323289, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904], "beta": 0.0, "a": 0.5, "b": 1.3344899967217294, "phi": 3.727650211602172, "excess": [0.5956428355142219, 0.5525856391034867], "alpha": [2.106999801967924, 1.129317994517018], "share": 0.3404255319148936}, "sector": {"shape": [1.0100400478902312, 0.8215425813233167, 1.0100400478902312, 1.0100400478902312, 0.8530867136531067, 0.8530867136531067, 0.9784959155604412, 0.9469517832306511, 3.2081540546218004, 1.0100400478902312, 0.47609178051927764, 0.8215425813233167, 0.9215032801441316, 0.799219514975054, 0.5239315854094225, 1.0130666460857336, 0.82993991420253, 0.9522236793716077, 0.5239315854094225, 1.1967912097097633, 1.5636425052169962, 1.1052278437681615, 0.82993991420253, 1.0745074445406855, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067, 1.0061406294974067], "beta": 0.6356355881052087, "a": 0.5, "b": 2.420634416587153, "phi": 1.0, "excess": [0.38503949289508893, 0.4151076266525258], "alpha": [0.4391469978426539, 0.17532523246766687], "share": 0.32727272727272727}, "topic": {"shape": [1.0007145551421008, 0.819613342217499, 1.0007145551421008, 1.0007145551421008, 0.819613342217499, 0.819613342217499, 1.0007145551421008, 1.0007145551421008, 3.3550303231619254, 1.0007145551421008, 0.4574109163682954, 0.819613342217499, 0.9271302065310449, 0.7828139777388009, 0.494181520154313, 1.071446435323289, 0.7828139777388009, 0.9271302065310449, 0.494181520154313, 1.215762664115533, 1.6487113504922648, 1.071446435323289, 0.7828139777388009, 1.071446435323289, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904, 1.0073204847132904], "beta": 0.5017919243369412, "a": 0.5, "b": 1.3339893970452361, "phi": 3.7275692019393536, "excess": [0.5951727869035084, 0.5524219162513597], "alpha": [2.1067285169025816, 1.1291996678752418], "share": 0.3404255319148936}}, "series": {"entity:c0": {"a": 12.0, "b": 314.28170023201494, "volume": 0.1, "stories": 6, "negative": 2}, "entity:c1": {"a": 12.0, "b": 313.37722716395325, "volume": 0.13541305964393738, "stories": 8, "negative": 2}, "entity:c2": {"a": 11.0, "b": 314.3492907745378, "volume": 0.08333333333333334, "stories": 5, "negative": 1}, "entity:c3": {"a": 14.0, "b": 313.27338734484516, "volume": 0.15233969209942955, "stories": 9, "negative": 4}, "entity:c4": {"a": 12.0, "b": 314.2933606456018, "volume": 0.11666666666666668, "stories": 7, "negative": 2}, "entity:c5": {"a": 12.0, "b": 313.4090933356823, "volume": 0.16926632455492172, "stories": 10, "negative": 2}, "entity:c6": {"a": 14.0, "b": 313.38853037471983, "volume": 0.10155979473295303, "stories": 6, "negative": 4}, "market": {"a": 8.816230933769928, "b": 17.18170377488333, "volume": 1.5066137858404804, "stories": 89, "negative": 31}, "sector:banks": {"a": 17.5, "b": 62.14283899713751, "volume": 0.8463316227746085, "stories": 50, "negative": 17}, "topic:banks": {"a": 8.816411666850218, "b": 17.17308689337938, "volume": 1.5066137858404804, "stories": 89, "negative": 31}}, "regimes": []}');
INSERT INTO "meta" VALUES('gap_ms','840000');
INSERT INTO "meta" VALUES('health','{"days": [], "watches": [[472307, []], [472302, []]]}');
INSERT INTO "meta" VALUES('volumes','{"at": 1700287200000, "keys": {}}');
INSERT INTO "meta" VALUES('instrument','//500000');
INSERT INTO "meta" VALUES('since','{"entity:c1": 472237, "entity:c3": 472237, "entity:c5": 472237, "entity:c6": 472237, "market": 472237, "sector:banks": 472237, "topic:banks": 472237}');
CREATE TABLE mutes (
	id INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	until INTEGER NOT NULL, 
	who TEXT NOT NULL, 
	why TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	via TEXT NOT NULL, 
	ended_at INTEGER, 
	ended_by TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "mutes" VALUES(1,'market',1700049600001,'ann','known',1700049600000,'api',NULL,'');
CREATE TABLE near_misses (
	series TEXT NOT NULL, 
	day INTEGER NOT NULL, 
	window INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	expected REAL NOT NULL, 
	surprise REAL NOT NULL, 
	threshold REAL NOT NULL, 
	kept_silent_by TEXT NOT NULL, 
	PRIMARY KEY (series, day)
)
 STRICT

;
INSERT INTO "near_misses" VALUES('topic:banks',19678,1,1700208000000,7,3.35615999720989932608e-01,3.94006879507394058848e+00,4.07137908002008241936e+00,'threshold');
INSERT INTO "near_misses" VALUES('market',19678,1,1700208000000,7,3.35501681612261792864e-01,3.9404208037426027289e+00,4.07134156827643689524e+00,'threshold');
INSERT INTO "near_misses" VALUES('sector:banks',19678,1,1700208000000,6,2.62991951689054925811e-01,3.53629795173937866437e+00,4.02702538053408520823e+00,'threshold');
CREATE TABLE outbox (
	id TEXT NOT NULL, 
	alert_id TEXT NOT NULL, 
	endpoint TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	due_at INTEGER NOT NULL, 
	turn INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	last_status INTEGER, 
	last_error TEXT NOT NULL, 
	updated_at INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	mute_id INTEGER, 
	PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:firing:desk','topic:banks@28336800#cff41590','desk','{"at": "2023-11-17T08:00:00Z", "band": [0, 2], "baseline": "4864b92b68a55d5b", "by": "surprise", "closed_at": null, "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": false, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}], "id": "topic:banks@28336800#cff41590", "in_words": "8 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": "2023-11-17T08:00:00.000Z", "detected_at": "2023-11-17T08:00:00.000Z", "published_at": "2023-11-17T08:07:00.000Z", "received_at": "2023-11-17T08:07:00.000Z", "scored_at": null}, "model": "", "n": 8, "new_stories": 0, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 8, "peak_surprise": 4.484342099133931, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "warning", "status": "firing", "stories": 8, "surprise": 4.484342099133931, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700208000000,1700049600000,0,'pending',0,NULL,'',1700049600000,'',NULL);
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:firing:sre','topic:banks@28336800#cff41590','sre','{"at": "2023-11-17T08:00:00Z", "band": [0, 2], "baseline": "4864b92b68a55d5b", "by": "surprise", "closed_at": null, "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": false, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}], "id": "topic:banks@28336800#cff41590", "in_words": "8 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": "2023-11-17T08:00:00.000Z", "detected_at": "2023-11-17T08:00:00.000Z", "published_at": "2023-11-17T08:07:00.000Z", "received_at": "2023-11-17T08:07:00.000Z", "scored_at": null}, "model": "", "n": 8, "new_stories": 0, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 8, "peak_surprise": 4.484342099133931, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "warning", "status": "firing", "stories": 8, "surprise": 4.484342099133931, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700208000000,1700208000000,0,'pending',0,NULL,'',1700208000000,'',NULL);
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:update-1:desk','topic:banks@28336800#cff41590','desk','{"at": "2023-11-17T08:00:00Z", "band": [0, 2], "baseline": "4864b92b68a55d5b", "by": "surprise", "closed_at": null, "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": true, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}, {"copies": 0, "developments": 0, "new": true, "p_negative": 0.8, "published_at": "2023-11-17T08:08:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n8a of surge1n8b holds surge1n8c collapse", "url": "https://a.example/wire:surge1n8"}, {"copies": 0, "developments": 0, "new": true, "p_negative": 0.8, "published_at": "2023-11-17T08:09:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n9a of surge1n9b holds surge1n9c collapse", "url": "https://a.example/wire:surge1n9"}], "id": "topic:banks@28336800#cff41590", "in_words": "11 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": "2023-11-17T08:00:00.000Z", "detected_at": "2023-11-17T08:00:00.000Z", "published_at": "2023-11-17T08:10:00.000Z", "received_at": "2023-11-17T08:10:00.000Z", "scored_at": null}, "model": "", "n": 11, "new_stories": 3, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 11, "peak_surprise": 6.11153639421446, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "critical", "status": "update-1", "stories": 11, "surprise": 6.11153639421446, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700208000000,1700208000000,1,'pending',0,NULL,'',1700208000000,'',NULL);
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:update-1:sre','topic:banks@28336800#cff41590','sre','{"at": "2023-11-17T08:00:00Z", "band": [0, 2], "baseline": "4864b92b68a55d5b", "by": "surprise", "closed_at": null, "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": true, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}, {"copies": 0, "developments": 0, "new": true, "p_negative": 0.8, "published_at": "2023-11-17T08:08:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n8a of surge1n8b holds surge1n8c collapse", "url": "https://a.example/wire:surge1n8"}, {"copies": 0, "developments": 0, "new": true, "p_negative": 0.8, "published_at": "2023-11-17T08:09:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n9a of surge1n9b holds surge1n9c collapse", "url": "https://a.example/wire:surge1n9"}], "id": "topic:banks@28336800#cff41590", "in_words": "11 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": "2023-11-17T08:00:00.000Z", "detected_at": "2023-11-17T08:00:00.000Z", "published_at": "2023-11-17T08:10:00.000Z", "received_at": "2023-11-17T08:10:00.000Z", "scored_at": null}, "model": "", "n": 11, "new_stories": 3, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 11, "peak_surprise": 6.11153639421446, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "critical", "status": "update-1", "stories": 11, "surprise": 6.11153639421446, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700208000000,1700208000000,1,'pending',0,NULL,'',1700208000000,'',NULL);
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:resolved:desk','topic:banks@28336800#cff41590','desk','{"at": "2023-11-17T15:15:00Z", "band": [0, 2], "baseline": "2b4889c95a9cccf0", "by": "surprise", "closed_at": "2023-11-17T15:15:00Z", "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": false, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:08:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n8a of surge1n8b holds surge1n8c collapse", "url": "https://a.example/wire:surge1n8"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:09:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n9a of surge1n9b holds surge1n9c collapse", "url": "https://a.example/wire:surge1n9"}], "id": "topic:banks@28336800#cff41590", "in_words": "11 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": null, "detected_at": "2023-11-17T15:15:00.000Z", "published_at": null, "received_at": null, "scored_at": null}, "model": "", "n": 11, "new_stories": 0, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 16, "peak_surprise": 7.733269525380168, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "critical", "status": "resolved", "stories": 11, "surprise": 6.11153639421446, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700234100000,1700234100000,2,'pending',0,NULL,'',1700234100000,'',NULL);
INSERT INTO "outbox" VALUES('topic:banks@28336800#cff41590:resolved:sre','topic:banks@28336800#cff41590','sre','{"at": "2023-11-17T15:15:00Z", "band": [0, 2], "baseline": "2b4889c95a9cccf0", "by": "surprise", "closed_at": "2023-11-17T15:15:00Z", "configuration": "1f13e23fe02cd298", "cusum": 0.0, "cusum_threshold": 8.8745514549304, "denials": [], "escalated": false, "expected": 0.33561599972098993, "gates": [{"detail": "36 h observed of at least 24", "name": "history", "passed": true}, {"detail": "8 stories of at least 3", "name": "stories", "passed": true}, {"detail": "8 fresh stories of at least 3", "name": "fresh", "passed": true}, {"detail": "3 independent publishers of at least 2", "name": "publishers", "passed": true}, {"detail": "8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1", "name": "share", "passed": true}], "headlines": [{"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:00:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n0a of surge1n0b holds surge1n0c collapse", "url": "https://a.example/wire:surge1n0"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:01:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n1a of surge1n1b holds surge1n1c collapse", "url": "https://a.example/wire:surge1n1"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:02:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n2a of surge1n2b holds surge1n2c collapse", "url": "https://a.example/wire:surge1n2"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:03:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n3a of surge1n3b holds surge1n3c collapse", "url": "https://a.example/wire:surge1n3"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:04:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n4a of surge1n4b holds surge1n4c collapse", "url": "https://a.example/wire:surge1n4"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:05:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n5a of surge1n5b holds surge1n5c collapse", "url": "https://a.example/wire:surge1n5"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:06:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n6a of surge1n6b holds surge1n6c collapse", "url": "https://a.example/wire:surge1n6"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:07:00Z", "publisher": "b.example", "publishers": 1, "stale": false, "title": "surge1n7a of surge1n7b holds surge1n7c collapse", "url": "https://a.example/wire:surge1n7"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:08:00Z", "publisher": "c.example", "publishers": 1, "stale": false, "title": "surge1n8a of surge1n8b holds surge1n8c collapse", "url": "https://a.example/wire:surge1n8"}, {"copies": 0, "developments": 0, "new": false, "p_negative": 0.8, "published_at": "2023-11-17T08:09:00Z", "publisher": "a.example", "publishers": 1, "stale": false, "title": "surge1n9a of surge1n9b holds surge1n9c collapse", "url": "https://a.example/wire:surge1n9"}], "id": "topic:banks@28336800#cff41590", "in_words": "11 bad stories in 1 h, usually 1 in 3 h", "label": "topic:banks", "ledger": {"committed_at": null, "detected_at": "2023-11-17T15:15:00.000Z", "published_at": null, "received_at": null, "scored_at": null}, "model": "", "n": 11, "new_stories": 0, "opened_at": "2023-11-17T08:00:00Z", "peak_n": 16, "peak_surprise": 7.733269525380168, "publishers": 3, "robust": "no", "series": "topic:banks", "severity": "critical", "status": "resolved", "stories": 11, "surprise": 6.11153639421446, "threshold": 4.071379080020082, "version": "0.1.0", "window": 1}',1700234100000,1700234100000,2,'pending',0,NULL,'',1700234100000,'',NULL);
CREATE TABLE pinned_articles (
	alert_id TEXT NOT NULL, 
	article_seq INTEGER NOT NULL, 
	at_seq INTEGER NOT NULL, 
	unit_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	scores TEXT NOT NULL, 
	PRIMARY KEY (alert_id, article_seq)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',255,290,'wire:surge1n0','19750035557c5f03','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',256,290,'wire:surge1n1','e8a605e16a1afcb8','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',257,290,'wire:surge1n2','646f7203f0d1bf40','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',258,290,'wire:surge1n3','b9a9ba0a1a25a4a9','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',259,290,'wire:surge1n4','38a88b2612550bb7','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',260,290,'wire:surge1n5','1bc2d78c80a94032','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',261,290,'wire:surge1n6','b92d2f3707ec9fef','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',262,290,'wire:surge1n7','7cdaccf2e55b700f','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',263,290,'wire:surge1n8','489f2b8e40316f12','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',264,290,'wire:surge1n9','5a16808eb1b50bc5','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('market@28336800#cff41590',265,290,'wire:surge1n10','b5044729bda1bdfc','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',255,290,'wire:surge1n0','19750035557c5f03','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',256,290,'wire:surge1n1','e8a605e16a1afcb8','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',257,290,'wire:surge1n2','646f7203f0d1bf40','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',258,290,'wire:surge1n3','b9a9ba0a1a25a4a9','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',259,290,'wire:surge1n4','38a88b2612550bb7','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',260,290,'wire:surge1n5','1bc2d78c80a94032','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',261,290,'wire:surge1n6','b92d2f3707ec9fef','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',262,290,'wire:surge1n7','7cdaccf2e55b700f','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',263,290,'wire:surge1n8','489f2b8e40316f12','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',264,290,'wire:surge1n9','5a16808eb1b50bc5','[["",800000,100000,100000]]');
INSERT INTO "pinned_articles" VALUES('topic:banks@28336800#cff41590',265,290,'wire:surge1n10','b5044729bda1bdfc','[["",800000,100000,100000]]');
CREATE TABLE pins (
	alert_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	updates INTEGER NOT NULL, 
	PRIMARY KEY (alert_id)
)
 STRICT

;
INSERT INTO "pins" VALUES('topic:banks@28336800#cff41590',290,1);
INSERT INTO "pins" VALUES('market@28336800#cff41590',290,1);
CREATE TABLE positions (
	source TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (source, partition)
)
 STRICT

;
INSERT INTO "positions" VALUES('wire','0','{"offset":7}');
CREATE TABLE profiles (
	day INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	counts TEXT NOT NULL, 
	PRIMARY KEY (day, model)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "profiles" VALUES(19676,'ab','{"scored":3}');
CREATE TABLE recounts (
	seq INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	since INTEGER NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	admitted TEXT NOT NULL, 
	PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "recounts" VALUES(143,1700135100000,1699533000000,'//500000','//500000','["wire"]');
CREATE TABLE redrives (
	seq INTEGER NOT NULL, 
	delivery_id TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	who TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	via TEXT NOT NULL, 
	PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "redrives" VALUES(1,'topic:banks@28336800#cff41590:firing:desk',0,'ann',1700049600000,'cli');
CREATE TABLE refusals (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	"where" TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "refusals" VALUES(1,'wire','no_title','line 0','','',1700049600000);
INSERT INTO "refusals" VALUES(2,'wire','no_title','line 1','','',1700136000000);
INSERT INTO "refusals" VALUES(3,'wire','no_title','line 2','','',1700222400000);
CREATE TABLE runs (
	series TEXT NOT NULL, 
	run TEXT NOT NULL, 
	PRIMARY KEY (series)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "runs" VALUES('entity:c0','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c1','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c2','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c3','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c4','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c5','{"c":0.0,"since":0,"n":0,"stories":0,"expected":0.0,"evidence":[],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('entity:c6','{"c":0.5989899421810114,"since":1700305200000,"n":1,"stories":1,"expected":0.06397661691672257,"evidence":["wire:d2n11"],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('market','{"c":0.27046680666242906,"since":1700305200000,"n":2,"stories":2,"expected":0.7494667987624593,"evidence":["wire:d2n11","wire:d2n27"],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('sector:banks','{"c":0.18607255528710792,"since":1700305200000,"n":1,"stories":1,"expected":0.41076007943049564,"evidence":["wire:d2n11"],"pending":[],"bin_stories":0}');
INSERT INTO "runs" VALUES('topic:banks','{"c":0.2703020189760552,"since":1700305200000,"n":2,"stories":2,"expected":0.7498582279814561,"evidence":["wire:d2n11","wire:d2n27"],"pending":[],"bin_stories":0}');
CREATE TABLE scores (
	article_seq INTEGER NOT NULL, 
	read_from INTEGER DEFAULT '0' NOT NULL, 
	read_until INTEGER, 
	ordinal INTEGER NOT NULL, 
	target TEXT NOT NULL, 
	negative INTEGER NOT NULL, 
	neutral INTEGER NOT NULL, 
	positive INTEGER NOT NULL, 
	topics TEXT NOT NULL, 
	model TEXT NOT NULL, 
	PRIMARY KEY (article_seq, read_from, ordinal)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "scores" VALUES(4,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(6,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(8,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(9,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(13,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(20,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(22,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(25,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(27,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(29,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(31,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(33,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(37,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(39,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(44,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(47,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(48,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(51,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(52,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(53,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(55,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(57,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(61,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(63,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(64,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(70,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(73,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(77,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(80,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(82,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(84,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(85,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(90,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(96,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(101,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(103,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(104,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(107,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(110,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(111,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(114,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(115,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(121,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(126,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(128,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(142,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(147,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(150,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(151,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(155,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(157,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(164,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(167,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(173,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(181,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(183,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(189,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(190,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(194,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(199,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(203,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(207,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(210,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(217,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(221,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(223,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(226,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(228,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(230,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(233,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(235,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(237,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(240,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(244,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(246,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(251,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(255,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(256,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(257,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(258,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(259,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(260,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(261,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(262,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(263,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(264,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(265,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(266,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(269,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(271,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(273,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(276,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(277,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(279,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(280,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(287,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(290,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(294,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(297,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(298,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(300,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(302,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(310,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(311,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(319,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(321,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(324,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(330,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(333,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(336,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(338,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(340,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(342,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(344,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(348,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(350,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(353,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(355,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(356,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(358,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(360,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(365,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(367,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(375,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(377,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(382,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(385,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(389,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(392,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(401,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(403,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(404,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(408,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(410,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(415,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(419,0,NULL,0,'',100000,450000,450000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(423,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
INSERT INTO "scores" VALUES(425,0,NULL,0,'',800000,100000,100000,'[["banks",900000]]','0000000000000000');
CREATE TABLE spikes (
	id TEXT NOT NULL, 
	series TEXT NOT NULL, 
	opened_at INTEGER NOT NULL, 
	closed_at INTEGER, 
	"by" TEXT NOT NULL, 
	window INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	stories INTEGER NOT NULL, 
	expected REAL NOT NULL, 
	surprise REAL NOT NULL, 
	threshold REAL NOT NULL, 
	cusum REAL NOT NULL, 
	cusum_threshold REAL NOT NULL, 
	severity TEXT NOT NULL, 
	gates TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	publishers INTEGER NOT NULL, 
	robust TEXT NOT NULL, 
	headed_by TEXT NOT NULL, 
	baseline TEXT NOT NULL, 
	quiet_since INTEGER, 
	peak_n INTEGER NOT NULL, 
	peak_surprise REAL NOT NULL, 
	updates INTEGER NOT NULL, 
	told TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "spikes" VALUES('topic:banks@28336800#cff41590','topic:banks',1700208000000,1700234100000,'surprise',1,8,8,3.35615999720989932608e-01,4.48434209913393111435e+00,4.07137908002008241936e+00,0.0,8.8745514549304,'critical','[["history",true,"36 h observed of at least 24"],["stories",true,"8 stories of at least 3"],["fresh",true,"8 fresh stories of at least 3"],["publishers",true,"3 independent publishers of at least 2"],["share",true,"8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1"]]','["wire:surge1n0","wire:surge1n1","wire:surge1n2","wire:surge1n3","wire:surge1n4","wire:surge1n5","wire:surge1n6","wire:surge1n7"]',3,'no','','{"mean":0.33561599972098993,"dispersion":1.2295585871899428,"a":10.5,"b":37.740444479564765,"exposure":1.2063140003736803,"ratio":1.0,"beta":0.5003112492082881,"excess":0.32695013017839314,"alpha":0.1601412798457533,"observed_hours":36}',1700230500000,16,7.73326952538016776372e+00,1,'{"window":1,"n":11,"stories":11,"expected":0.33561599972098993,"surprise":6.11153639421446,"usual":[0,2],"publishers":3,"evidence":["wire:surge1n0","wire:surge1n1","wire:surge1n2","wire:surge1n3","wire:surge1n4","wire:surge1n5","wire:surge1n6","wire:surge1n7","wire:surge1n8","wire:surge1n9","wire:surge1n10"],"news":["wire:surge1n8","wire:surge1n9","wire:surge1n10"],"escalated":true}');
INSERT INTO "spikes" VALUES('market@28336800#cff41590','market',1700208000000,1700234100000,'surprise',1,8,8,3.35501681612261792864e-01,4.48471646630024167734e+00,4.07134156827643689524e+00,0.0,8.87413478198099880955e+00,'critical','[["history",true,"36 h observed of at least 24"],["stories",true,"8 stories of at least 3"],["fresh",true,"8 fresh stories of at least 3"],["publishers",true,"3 independent publishers of at least 2"],["share",true,"8 of 8 stories are bad, usually 23%: p = 3.4e-05, below 0.1"]]','["wire:surge1n0","wire:surge1n1","wire:surge1n2","wire:surge1n3","wire:surge1n4","wire:surge1n5","wire:surge1n6","wire:surge1n7"]',3,'no','topic:banks@28336800#cff41590','{"mean":0.3355016816122618,"dispersion":1.2299422423771884,"a":10.5,"b":37.75330407601963,"exposure":1.2063140003736803,"ratio":1.0,"beta":0.0,"excess":0.32696366574250857,"alpha":0.16015265108912882,"observed_hours":36}',1700230500000,16,7.73375480907988,1,'{"window":1,"n":11,"stories":11,"expected":0.3355016816122618,"surprise":6.111970003279885,"usual":[0,2],"publishers":3,"evidence":["wire:surge1n0","wire:surge1n1","wire:surge1n2","wire:surge1n3","wire:surge1n4","wire:surge1n5","wire:surge1n6","wire:surge1n7","wire:surge1n8","wire:surge1n9","wire:surge1n10"],"news":["wire:surge1n8","wire:surge1n9","wire:surge1n10"],"escalated":true}');
CREATE TABLE stories (
	id TEXT NOT NULL, 
	first_seq INTEGER NOT NULL, 
	first_at INTEGER NOT NULL, 
	last_at INTEGER NOT NULL, 
	publisher TEXT NOT NULL, 
	url TEXT NOT NULL, 
	first_text TEXT NOT NULL, 
	newest_text TEXT, 
	copies INTEGER NOT NULL, 
	publishers TEXT NOT NULL, 
	companies TEXT NOT NULL, 
	negative INTEGER, 
	newest_unit TEXT NOT NULL, 
	developments TEXT NOT NULL, 
	figures TEXT NOT NULL, 
	events TEXT NOT NULL, 
	tellings TEXT NOT NULL, 
	stale INTEGER NOT NULL, 
	denials TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "stories" VALUES('wire:d0n4',4,1700051959154,1700068389932,'b.example','https://a.example/wire:d0n4','d0n4a of d0n4b holds d0n4c meeting',NULL,1,'["b.example","z.example"]','["c0"]',100000,'wire:d0n4','[]','[]','[]','[["77ced306420ba559","b.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n27',6,1700052366445,1700070437049,'a.example','https://a.example/wire:d0n27','d0n27a of d0n27b holds d0n27c meeting',NULL,1,'["a.example","z.example"]','["c4"]',100000,'wire:d0n27','[]','[]','[]','[["2a7c53eab607614c","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:old0',8,1696420800000,1696420800000,'b.example','https://a.example/wire:old0','old0a of old0b holds old0c collapse',NULL,0,'["b.example"]','[]',800000,'wire:old0','[]','[]','[]','[["586591ba4865c5e8","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:late0',9,1700031600000,1700031600000,'c.example','https://a.example/wire:late0','late0a of late0b holds late0c collapse',NULL,0,'["c.example"]','["c3"]',800000,'wire:late0','[]','[]','[]','[["67b83110e86eb731","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n14',13,1700056562732,1700056562732,'c.example','https://a.example/wire:d0n14','d0n14a of d0n14b holds d0n14c meeting',NULL,0,'["c.example"]','["c5"]',100000,'wire:d0n14','[]','[]','[]','[["32371c90bc0038d8","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n16',20,1700061414819,1700061414819,'b.example','https://a.example/wire:d0n16','d0n16a of d0n16b holds d0n16c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d0n16','[]','[]','[]','[["3a93b1e64e30f34a","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n21',22,1700062822819,1700067055784,'a.example','https://a.example/wire:d0n21','d0n21a of d0n21b holds d0n21c meeting',NULL,1,'["a.example","z.example"]','["c3"]',100000,'wire:d0n21','[]','[]','[]','[["ecd330d19639a66a","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n1',25,1700064878805,1700066675285,'b.example','https://a.example/wire:d0n1','d0n1a of d0n1b holds d0n1c collapse',NULL,1,'["b.example","z.example"]','["c3"]',800000,'wire:d0n1','[]','[]','[]','[["59e21c462d2c7744","b.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n28',27,1700065414413,1700083378554,'b.example','https://a.example/wire:d0n28','d0n28a of d0n28b holds d0n28c meeting',NULL,1,'["b.example","z.example"]','["c6"]',100000,'wire:d0n28','[]','[]','[]','[["c7068b1ed5c885cb","b.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n17',39,1700071889332,1700071889332,'c.example','https://a.example/wire:d0n17','d0n17a of d0n17b holds d0n17c meeting',NULL,0,'["c.example"]','["c2"]',100000,'wire:d0n17','[]','[]','[]','[["27f5b37851b16529","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n7',47,1700076635515,1700076635515,'b.example','https://a.example/wire:d0n7','d0n7a of d0n7b holds d0n7c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d0n7','[]','[]','[]','[["a2928c895d5f6aab","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n24',48,1700077209713,1700077209713,'a.example','https://a.example/wire:d0n24','d0n24a of d0n24b holds d0n24c meeting',NULL,0,'["a.example"]','["c0"]',100000,'wire:d0n24','[]','[]','[]','[["015521140767823a","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n13',51,1700078488330,1700078488330,'b.example','https://a.example/wire:d0n13','d0n13a of d0n13b holds d0n13c collapse',NULL,0,'["b.example"]','[]',800000,'wire:d0n13','[]','[]','[]','[["23ddf8daec72a644","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n2',52,1700078495864,1700078495864,'c.example','https://a.example/wire:d0n2','d0n2a of d0n2b holds d0n2c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d0n2','[]','[]','[]','[["5315522e97a6cac2","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n10',53,1700079239572,1700079239572,'b.example','https://a.example/wire:d0n10','d0n10a of d0n10b holds d0n10c collapse',NULL,0,'["b.example"]','["c1"]',800000,'wire:d0n10','[]','[]','[]','[["812eba9188375f19","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n9',55,1700079606638,1700079606638,'a.example','https://a.example/wire:d0n9','d0n9a of d0n9b holds d0n9c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d0n9','[]','[]','[]','[["959554bc1e558a61","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n23',63,1700083916113,1700104736759,'c.example','https://a.example/wire:d0n23','d0n23a of d0n23b holds d0n23c meeting',NULL,1,'["c.example","z.example"]','["c5"]',100000,'wire:d0n23','[]','[]','[]','[["538f4ad42ccbb2ea","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n19',64,1700084652976,1700084652976,'b.example','https://a.example/wire:d0n19','d0n19a of d0n19b holds d0n19c collapse',NULL,0,'["b.example"]','["c6"]',800000,'wire:d0n19','[]','[]','[]','[["30497404c9063373","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n25',70,1700088326850,1700088326850,'b.example','https://a.example/wire:d0n25','d0n25a of d0n25b holds d0n25c meeting',NULL,0,'["b.example"]','["c2"]',100000,'wire:d0n25','[]','[]','[]','[["bbf755ae4550c898","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n6',73,1700090260529,1700096187006,'a.example','https://a.example/wire:d0n6','d0n6a of d0n6b holds d0n6c meeting',NULL,1,'["a.example","z.example"]','["c4"]',100000,'wire:d0n6','[]','[]','[]','[["7132222704f4c1e4","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n20',77,1700093309972,1700093309972,'c.example','https://a.example/wire:d0n20','d0n20a of d0n20b holds d0n20c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d0n20','[]','[]','[]','[["d0ece21e38350022","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n18',80,1700095122004,1700108356102,'a.example','https://a.example/wire:d0n18','d0n18a of d0n18b holds d0n18c collapse',NULL,1,'["a.example","z.example"]','["c4"]',800000,'wire:d0n18','[]','[]','[]','[["330807ea7db41d6c","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n11',85,1700096930542,1700096930542,'c.example','https://a.example/wire:d0n11','d0n11a of d0n11b holds d0n11c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d0n11','[]','[]','[]','[["c1e8a844d1844302","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n0',90,1700100774974,1700109233621,'a.example','https://a.example/wire:d0n0','d0n0a of d0n0b holds d0n0c meeting',NULL,1,'["a.example","z.example"]','["c1"]',100000,'wire:d0n0','[]','[]','[]','[["c0d9e3d94ed8d199","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n5',104,1700109419890,1700109419890,'c.example','https://a.example/wire:d0n5','d0n5a of d0n5b holds d0n5c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d0n5','[]','[]','[]','[["ec4c5c13ab5c3b69","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n15',107,1700111105741,1700111105741,'a.example','https://a.example/wire:d0n15','d0n15a of d0n15b holds d0n15c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d0n15','[]','[]','[]','[["29eb3e6c0d2a047f","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n3',110,1700112874814,1700112874814,'a.example','https://a.example/wire:d0n3','d0n3a of d0n3b holds d0n3c meeting',NULL,0,'["a.example"]','["c5"]',100000,'wire:d0n3','[]','[]','[]','[["7096dfe4e97d9e9d","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n8',115,1700115245797,1700115245797,'c.example','https://a.example/wire:d0n8','d0n8a of d0n8b holds d0n8c collapse',NULL,0,'["c.example"]','["c6"]',800000,'wire:d0n8','[]','[]','[]','[["59caaa26410d4f98","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n22',121,1700118968101,1700118968101,'b.example','https://a.example/wire:d0n22','d0n22a of d0n22b holds d0n22c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d0n22','[]','[]','[]','[["7f988416e3e6073e","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n26',126,1700123003451,1700123003451,'c.example','https://a.example/wire:d0n26','d0n26a of d0n26b holds d0n26c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d0n26','[]','[]','[]','[["20e9ca7091096cc7","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n12',128,1700123760927,1700123760927,'a.example','https://a.example/wire:d0n12','d0n12a of d0n12b holds d0n12c meeting',NULL,0,'["a.example"]','["c3"]',100000,'wire:d0n12','[]','[]','[]','[["06f56de635f5346f","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d0n29',142,1700135705422,1700135705422,'c.example','https://a.example/wire:d0n29','d0n29a of d0n29b holds d0n29c meeting',NULL,0,'["c.example"]','["c1"]',100000,'wire:d0n29','[]','[]','[]','[["51b258e2c785809a","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n22',147,1700138178895,1700138178895,'b.example','https://a.example/wire:d1n22','d1n22a of d1n22b holds d1n22c collapse',NULL,0,'["b.example"]','[]',800000,'wire:d1n22','[]','[]','[]','[["8bf811d84440cabe","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:old1',150,1694520000000,1694520000000,'b.example','https://a.example/wire:old1','old1a of old1b holds old1c collapse',NULL,0,'["b.example"]','["c2"]',800000,'wire:old1','[]','[]','[]','[["6b04a75d57f7624f","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:late1',151,1700118000000,1700118000000,'c.example','https://a.example/wire:late1','late1a of late1b holds late1c collapse',NULL,0,'["c.example"]','[]',800000,'wire:late1','[]','[]','[]','[["f0b205a6893c4257","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n26',155,1700142813738,1700142813738,'c.example','https://a.example/wire:d1n26','d1n26a of d1n26b holds d1n26c meeting',NULL,0,'["c.example"]','["c5"]',100000,'wire:d1n26','[]','[]','[]','[["31fdeb8368188372","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n21',157,1700143628052,1700143628052,'a.example','https://a.example/wire:d1n21','d1n21a of d1n21b holds d1n21c collapse',NULL,0,'["a.example"]','["c6"]',800000,'wire:d1n21','[]','[]','[]','[["3c55a84635acdd05","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n9',164,1700148982089,1700148982089,'a.example','https://a.example/wire:d1n9','d1n9a of d1n9b holds d1n9c meeting',NULL,0,'["a.example"]','["c4"]',100000,'wire:d1n9','[]','[]','[]','[["44e7ded9ec2e313e","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n8',167,1700150908615,1700150908615,'c.example','https://a.example/wire:d1n8','d1n8a of d1n8b holds d1n8c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d1n8','[]','[]','[]','[["4e7c56740637401f","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n13',173,1700154970945,1700154970945,'b.example','https://a.example/wire:d1n13','d1n13a of d1n13b holds d1n13c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d1n13','[]','[]','[]','[["17f13d6e32b27361","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n24',181,1700161486772,1700161486772,'a.example','https://a.example/wire:d1n24','d1n24a of d1n24b holds d1n24c meeting',NULL,0,'["a.example"]','["c3"]',100000,'wire:d1n24','[]','[]','[]','[["bace8ef32cb03fb6","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n4',183,1700162999450,1700162999450,'b.example','https://a.example/wire:d1n4','d1n4a of d1n4b holds d1n4c meeting',NULL,0,'["b.example"]','["c5"]',100000,'wire:d1n4','[]','[]','[]','[["9c8e30dfdec2b336","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n2',189,1700167456590,1700167456590,'c.example','https://a.example/wire:d1n2','d1n2a of d1n2b holds d1n2c meeting',NULL,0,'["c.example"]','["c3"]',100000,'wire:d1n2','[]','[]','[]','[["70a6dcd50c69ece2","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n15',190,1700167481618,1700167481618,'a.example','https://a.example/wire:d1n15','d1n15a of d1n15b holds d1n15c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d1n15','[]','[]','[]','[["775340da74be77f5","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n3',194,1700169865344,1700169865344,'a.example','https://a.example/wire:d1n3','d1n3a of d1n3b holds d1n3c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d1n3','[]','[]','[]','[["8cee045e2c4f2286","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n19',199,1700173308836,1700194816005,'b.example','https://a.example/wire:d1n19','d1n19a of d1n19b holds d1n19c meeting',NULL,1,'["b.example","z.example"]','["c4"]',100000,'wire:d1n19','[]','[]','[]','[["c08082752988187b","b.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n14',203,1700176194802,1700176194802,'c.example','https://a.example/wire:d1n14','d1n14a of d1n14b holds d1n14c collapse',NULL,0,'["c.example"]','["c3"]',800000,'wire:d1n14','[]','[]','[]','[["3713867b6aeb6448","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n12',207,1700179003841,1700179003841,'a.example','https://a.example/wire:d1n12','d1n12a of d1n12b holds d1n12c meeting',NULL,0,'["a.example"]','["c1"]',100000,'wire:d1n12','[]','[]','[]','[["4dbd83ca25d31153","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n20',210,1700180864404,1700180864404,'c.example','https://a.example/wire:d1n20','d1n20a of d1n20b holds d1n20c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d1n20','[]','[]','[]','[["2b89e2ec703da4b2","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n16',217,1700186289532,1700186289532,'b.example','https://a.example/wire:d1n16','d1n16a of d1n16b holds d1n16c collapse',NULL,0,'["b.example"]','["c5"]',800000,'wire:d1n16','[]','[]','[]','[["cc1f5ad523b5ce70","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n23',221,1700188693760,1700195868463,'c.example','https://a.example/wire:d1n23','d1n23a of d1n23b holds d1n23c meeting',NULL,1,'["c.example","z.example"]','["c1"]',100000,'wire:d1n23','[]','[]','[]','[["b4ca8db3d36ce19a","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n18',223,1700189288199,1700189288199,'a.example','https://a.example/wire:d1n18','d1n18a of d1n18b holds d1n18c collapse',NULL,0,'["a.example"]','["c2"]',800000,'wire:d1n18','[]','[]','[]','[["975d9c40c1984165","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n28',226,1700190918415,1700190918415,'b.example','https://a.example/wire:d1n28','d1n28a of d1n28b holds d1n28c meeting',NULL,0,'["b.example"]','["c0"]',100000,'wire:d1n28','[]','[]','[]','[["0b10b4cd817536d7","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n7',228,1700192079822,1700192079822,'b.example','https://a.example/wire:d1n7','d1n7a of d1n7b holds d1n7c meeting',NULL,0,'["b.example"]','["c2"]',100000,'wire:d1n7','[]','[]','[]','[["fff93e66d89453a9","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n5',230,1700192897622,1700198717351,'c.example','https://a.example/wire:d1n5','d1n5a of d1n5b holds d1n5c meeting',NULL,1,'["c.example","z.example"]','["c0"]',100000,'wire:d1n5','[]','[]','[]','[["7f12ca442c389167","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n29',237,1700197016211,1700197016211,'c.example','https://a.example/wire:d1n29','d1n29a of d1n29b holds d1n29c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d1n29','[]','[]','[]','[["b80d2e9371b81af2","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n1',244,1700201223880,1700201223880,'b.example','https://a.example/wire:d1n1','d1n1a of d1n1b holds d1n1c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d1n1','[]','[]','[]','[["33d8909ea254e162","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n0',246,1700202403950,1700202403950,'a.example','https://a.example/wire:d1n0','d1n0a of d1n0b holds d1n0c collapse',NULL,0,'["a.example"]','[]',800000,'wire:d1n0','[]','[]','[]','[["4afdc55036cfab7b","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n0',255,1700208000000,1700208000000,'a.example','https://a.example/wire:surge1n0','surge1n0a of surge1n0b holds surge1n0c collapse',NULL,0,'["a.example"]','["c4"]',800000,'wire:surge1n0','[]','[]','[]','[["dc1ca4eba8812c7f","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n1',256,1700208060000,1700208060000,'b.example','https://a.example/wire:surge1n1','surge1n1a of surge1n1b holds surge1n1c collapse',NULL,0,'["b.example"]','[]',800000,'wire:surge1n1','[]','[]','[]','[["698e4fa6d7da94c9","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n2',257,1700208120000,1700208120000,'c.example','https://a.example/wire:surge1n2','surge1n2a of surge1n2b holds surge1n2c collapse',NULL,0,'["c.example"]','["c6"]',800000,'wire:surge1n2','[]','[]','[]','[["d27295b4499196c5","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n3',258,1700208180000,1700208180000,'a.example','https://a.example/wire:surge1n3','surge1n3a of surge1n3b holds surge1n3c collapse',NULL,0,'["a.example"]','[]',800000,'wire:surge1n3','[]','[]','[]','[["192a9b439cc3e67d","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n4',259,1700208240000,1700208240000,'b.example','https://a.example/wire:surge1n4','surge1n4a of surge1n4b holds surge1n4c collapse',NULL,0,'["b.example"]','["c1"]',800000,'wire:surge1n4','[]','[]','[]','[["49c016f728b7ba17","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n5',260,1700208300000,1700208300000,'c.example','https://a.example/wire:surge1n5','surge1n5a of surge1n5b holds surge1n5c collapse',NULL,0,'["c.example"]','[]',800000,'wire:surge1n5','[]','[]','[]','[["d73ae6aa2a94a7c2","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n6',261,1700208360000,1700208360000,'a.example','https://a.example/wire:surge1n6','surge1n6a of surge1n6b holds surge1n6c collapse',NULL,0,'["a.example"]','["c3"]',800000,'wire:surge1n6','[]','[]','[]','[["309a8c38e9349eaf","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n7',262,1700208420000,1700208420000,'b.example','https://a.example/wire:surge1n7','surge1n7a of surge1n7b holds surge1n7c collapse',NULL,0,'["b.example"]','[]',800000,'wire:surge1n7','[]','[]','[]','[["36998cc32b1afd27","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n8',263,1700208480000,1700208480000,'c.example','https://a.example/wire:surge1n8','surge1n8a of surge1n8b holds surge1n8c collapse',NULL,0,'["c.example"]','["c5"]',800000,'wire:surge1n8','[]','[]','[]','[["cf408c68a3161cc3","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n9',264,1700208540000,1700208540000,'a.example','https://a.example/wire:surge1n9','surge1n9a of surge1n9b holds surge1n9c collapse',NULL,0,'["a.example"]','[]',800000,'wire:surge1n9','[]','[]','[]','[["023de57f102865a1","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n10',265,1700208600000,1700208600000,'b.example','https://a.example/wire:surge1n10','surge1n10a of surge1n10b holds surge1n10c collapse',NULL,0,'["b.example"]','["c0"]',800000,'wire:surge1n10','[]','[]','[]','[["621736331e72077d","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:surge1n11',266,1700208660000,1700208660000,'c.example','https://a.example/wire:surge1n11','surge1n11a of surge1n11b holds surge1n11c collapse',NULL,0,'["c.example"]','[]',800000,'wire:surge1n11','[]','[]','[]','[["7ed741da377c519a","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n17',269,1700210581435,1700215072224,'c.example','https://a.example/wire:d1n17','d1n17a of d1n17b holds d1n17c collapse',NULL,1,'["c.example","z.example"]','["c0"]',800000,'wire:d1n17','[]','[]','[]','[["62ed353419d4c124","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n27',271,1700211286588,1700211286588,'a.example','https://a.example/wire:d1n27','d1n27a of d1n27b holds d1n27c collapse',NULL,0,'["a.example"]','[]',800000,'wire:d1n27','[]','[]','[]','[["050a45d1063fae1e","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n10',273,1700212438871,1700212438871,'b.example','https://a.example/wire:d1n10','d1n10a of d1n10b holds d1n10c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d1n10','[]','[]','[]','[["f022004deb8fc089","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n6',276,1700214011019,1700214011019,'a.example','https://a.example/wire:d1n6','d1n6a of d1n6b holds d1n6c collapse',NULL,0,'["a.example"]','[]',800000,'wire:d1n6','[]','[]','[]','[["e9804d1611b97065","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n11',279,1700215032819,1700221584726,'c.example','https://a.example/wire:d1n11','d1n11a of d1n11b holds d1n11c meeting',NULL,1,'["c.example","z.example"]','["c6"]',100000,'wire:d1n11','[]','[]','[]','[["0c9294ea053d7a33","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d1n25',287,1700219905651,1700219905651,'b.example','https://a.example/wire:d1n25','d1n25a of d1n25b holds d1n25c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d1n25','[]','[]','[]','[["96228bf189316328","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n19',294,1700224630822,1700224630822,'b.example','https://a.example/wire:d2n19','d2n19a of d2n19b holds d2n19c meeting',NULL,0,'["b.example"]','["c2"]',100000,'wire:d2n19','[]','[]','[]','[["8c4185a3cad29ff2","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:old2',297,1693483200000,1693483200000,'b.example','https://a.example/wire:old2','old2a of old2b holds old2c collapse',NULL,0,'["b.example"]','["c4"]',800000,'wire:old2','[]','[]','[]','[["48a55d60764dd5d3","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:late2',298,1700204400000,1700204400000,'c.example','https://a.example/wire:late2','late2a of late2b holds late2c collapse',NULL,0,'["c.example"]','[]',800000,'wire:late2','[]','[]','[]','[["9e74bba552f71b66","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n4',300,1700226917691,1700226917691,'b.example','https://a.example/wire:d2n4','d2n4a of d2n4b holds d2n4c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d2n4','[]','[]','[]','[["08a2a26fcafdf3e1","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n8',310,1700234212786,1700234212786,'c.example','https://a.example/wire:d2n8','d2n8a of d2n8b holds d2n8c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d2n8','[]','[]','[]','[["baaff5f36f65f953","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n0',311,1700234267299,1700234267299,'a.example','https://a.example/wire:d2n0','d2n0a of d2n0b holds d2n0c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d2n0','[]','[]','[]','[["6938873c44f07bdf","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n22',319,1700240663916,1700240663916,'b.example','https://a.example/wire:d2n22','d2n22a of d2n22b holds d2n22c meeting',NULL,0,'["b.example"]','["c1"]',100000,'wire:d2n22','[]','[]','[]','[["00b25d072c8e05e3","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n2',321,1700241838996,1700241838996,'c.example','https://a.example/wire:d2n2','d2n2a of d2n2b holds d2n2c collapse',NULL,0,'["c.example"]','[]',800000,'wire:d2n2','[]','[]','[]','[["e0206f180714db4f","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n13',324,1700243180262,1700243180262,'b.example','https://a.example/wire:d2n13','d2n13a of d2n13b holds d2n13c meeting',NULL,0,'["b.example"]','["c1"]',100000,'wire:d2n13','[]','[]','[]','[["3c0f248447e21cc4","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n15',330,1700248455902,1700248455902,'a.example','https://a.example/wire:d2n15','d2n15a of d2n15b holds d2n15c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d2n15','[]','[]','[]','[["927641ee6a5a0c66","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n7',333,1700249629371,1700249629371,'b.example','https://a.example/wire:d2n7','d2n7a of d2n7b holds d2n7c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d2n7','[]','[]','[]','[["84eabb7fd57eb8e6","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n17',336,1700251908933,1700251908933,'c.example','https://a.example/wire:d2n17','d2n17a of d2n17b holds d2n17c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d2n17','[]','[]','[]','[["07268d956f95151b","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n14',338,1700252990306,1700260428346,'c.example','https://a.example/wire:d2n14','d2n14a of d2n14b holds d2n14c collapse',NULL,1,'["c.example","z.example"]','["c3"]',800000,'wire:d2n14','[]','[]','[]','[["5d2bb0b739c6513d","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n3',342,1700254406111,1700254406111,'a.example','https://a.example/wire:d2n3','d2n3a of d2n3b holds d2n3c meeting',NULL,0,'["a.example"]','["c3"]',100000,'wire:d2n3','[]','[]','[]','[["f9f89a34ed5ed94a","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n9',344,1700255475342,1700255475342,'a.example','https://a.example/wire:d2n9','d2n9a of d2n9b holds d2n9c meeting',NULL,0,'["a.example"]','["c4"]',100000,'wire:d2n9','[]','[]','[]','[["3708f38e84175151","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n26',348,1700258288061,1700267414663,'c.example','https://a.example/wire:d2n26','d2n26a of d2n26b holds d2n26c meeting',NULL,1,'["c.example","z.example"]','["c5"]',100000,'wire:d2n26','[]','[]','[]','[["a260579d86eac8c3","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n5',350,1700258438385,1700261449587,'c.example','https://a.example/wire:d2n5','d2n5a of d2n5b holds d2n5c meeting',NULL,1,'["c.example","z.example"]','["c5"]',100000,'wire:d2n5','[]','[]','[]','[["e68282b9c99caac5","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n29',358,1700262684371,1700262684371,'c.example','https://a.example/wire:d2n29','d2n29a of d2n29b holds d2n29c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d2n29','[]','[]','[]','[["f390cbc8489ac068","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n16',360,1700263035122,1700263035122,'b.example','https://a.example/wire:d2n16','d2n16a of d2n16b holds d2n16c meeting',NULL,0,'["b.example"]','["c5"]',100000,'wire:d2n16','[]','[]','[]','[["b299e852de9aca1d","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n10',365,1700266893022,1700266893022,'b.example','https://a.example/wire:d2n10','d2n10a of d2n10b holds d2n10c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d2n10','[]','[]','[]','[["309d339c35798f86","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n18',375,1700274472607,1700284965571,'a.example','https://a.example/wire:d2n18','d2n18a of d2n18b holds d2n18c meeting',NULL,1,'["a.example","z.example"]','["c0"]',100000,'wire:d2n18','[]','[]','[]','[["0c368047e2794f1e","a.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n24',377,1700275093770,1700275093770,'a.example','https://a.example/wire:d2n24','d2n24a of d2n24b holds d2n24c meeting',NULL,0,'["a.example"]','["c3"]',100000,'wire:d2n24','[]','[]','[]','[["720dc3fa0e432d8f","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n23',382,1700278284307,1700278284307,'c.example','https://a.example/wire:d2n23','d2n23a of d2n23b holds d2n23c meeting',NULL,0,'["c.example"]','[]',100000,'wire:d2n23','[]','[]','[]','[["081967954f314758","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n28',385,1700280703621,1700280703621,'b.example','https://a.example/wire:d2n28','d2n28a of d2n28b holds d2n28c meeting',NULL,0,'["b.example"]','["c2"]',100000,'wire:d2n28','[]','[]','[]','[["8c8c95883c64462c","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n12',389,1700283044610,1700283044610,'a.example','https://a.example/wire:d2n12','d2n12a of d2n12b holds d2n12c meeting',NULL,0,'["a.example"]','[]',100000,'wire:d2n12','[]','[]','[]','[["37d4a45d073ada07","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n1',401,1700291972551,1700291972551,'b.example','https://a.example/wire:d2n1','d2n1a of d2n1b holds d2n1c meeting',NULL,0,'["b.example"]','["c1"]',100000,'wire:d2n1','[]','[]','[]','[["f3a88e8f35527eba","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n21',403,1700292661092,1700292661092,'a.example','https://a.example/wire:d2n21','d2n21a of d2n21b holds d2n21c meeting',NULL,0,'["a.example"]','["c6"]',100000,'wire:d2n21','[]','[]','[]','[["8d47ac11bd46345c","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n25',404,1700292687905,1700292687905,'b.example','https://a.example/wire:d2n25','d2n25a of d2n25b holds d2n25c meeting',NULL,0,'["b.example"]','[]',100000,'wire:d2n25','[]','[]','[]','[["e963d08b297caf12","b.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n20',408,1700295823797,1700300647968,'c.example','https://a.example/wire:d2n20','d2n20a of d2n20b holds d2n20c meeting',NULL,1,'["c.example","z.example"]','["c4"]',100000,'wire:d2n20','[]','[]','[]','[["e12eb928e613dee6","c.example","z.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n6',419,1700303319010,1700303319010,'a.example','https://a.example/wire:d2n6','d2n6a of d2n6b holds d2n6c meeting',NULL,0,'["a.example"]','["c0"]',100000,'wire:d2n6','[]','[]','[]','[["989b822db956f141","a.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n11',423,1700305567314,1700305567314,'c.example','https://a.example/wire:d2n11','d2n11a of d2n11b holds d2n11c collapse',NULL,0,'["c.example"]','["c6"]',800000,'wire:d2n11','[]','[]','[]','[["3edb050400124e3d","c.example"]]',0,'[]');
INSERT INTO "stories" VALUES('wire:d2n27',425,1700306738736,1700306738736,'a.example','https://a.example/wire:d2n27','d2n27a of d2n27b holds d2n27c collapse',NULL,0,'["a.example"]','[]',800000,'wire:d2n27','[]','[]','[]','[["14a6caddc0ae333c","a.example"]]',0,'[]');
CREATE TABLE story_series (
	unit_id TEXT NOT NULL, 
	series TEXT NOT NULL, 
	story_id TEXT NOT NULL, 
	first_at INTEGER NOT NULL, 
	first_key TEXT NOT NULL, 
	first_standing TEXT NOT NULL, 
	first_publisher TEXT NOT NULL, 
	sentiment INTEGER, 
	negative_at INTEGER, 
	negative_key TEXT, 
	negative_standing TEXT, 
	PRIMARY KEY (unit_id, series)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "story_series" VALUES('wire:d0n0','entity:c1','wire:d0n0',1700109233621,'wire:d0n0c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n0','market','wire:d0n0',1700100774974,'wire:d0n0','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n0','sector:banks','wire:d0n0',1700109233621,'wire:d0n0c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n0','topic:banks','wire:d0n0',1700100774974,'wire:d0n0','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n1','entity:c3','wire:d0n1',1700066675285,'wire:d0n1c','history','z.example',-700000,1700066675285,'wire:d0n1c','history');
INSERT INTO "story_series" VALUES('wire:d0n1','market','wire:d0n1',1700064878805,'wire:d0n1','history','b.example',-700000,1700064878805,'wire:d0n1','history');
INSERT INTO "story_series" VALUES('wire:d0n1','sector:banks','wire:d0n1',1700066675285,'wire:d0n1c','history','z.example',-700000,1700066675285,'wire:d0n1c','history');
INSERT INTO "story_series" VALUES('wire:d0n1','topic:banks','wire:d0n1',1700064878805,'wire:d0n1','history','b.example',-700000,1700064878805,'wire:d0n1','history');
INSERT INTO "story_series" VALUES('wire:d0n10','entity:c1','wire:d0n10',1700079239572,'wire:d0n10','history','b.example',-700000,1700079239572,'wire:d0n10','history');
INSERT INTO "story_series" VALUES('wire:d0n10','market','wire:d0n10',1700079239572,'wire:d0n10','history','b.example',-700000,1700079239572,'wire:d0n10','history');
INSERT INTO "story_series" VALUES('wire:d0n10','sector:banks','wire:d0n10',1700079239572,'wire:d0n10','history','b.example',-700000,1700079239572,'wire:d0n10','history');
INSERT INTO "story_series" VALUES('wire:d0n10','topic:banks','wire:d0n10',1700079239572,'wire:d0n10','history','b.example',-700000,1700079239572,'wire:d0n10','history');
INSERT INTO "story_series" VALUES('wire:d0n11','market','wire:d0n11',1700096930542,'wire:d0n11','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n11','topic:banks','wire:d0n11',1700096930542,'wire:d0n11','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n12','entity:c3','wire:d0n12',1700123760927,'wire:d0n12','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n12','market','wire:d0n12',1700123760927,'wire:d0n12','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n12','sector:banks','wire:d0n12',1700123760927,'wire:d0n12','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n12','topic:banks','wire:d0n12',1700123760927,'wire:d0n12','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n13','market','wire:d0n13',1700078488330,'wire:d0n13','history','b.example',-700000,1700078488330,'wire:d0n13','history');
INSERT INTO "story_series" VALUES('wire:d0n13','topic:banks','wire:d0n13',1700078488330,'wire:d0n13','history','b.example',-700000,1700078488330,'wire:d0n13','history');
INSERT INTO "story_series" VALUES('wire:d0n14','entity:c5','wire:d0n14',1700056562732,'wire:d0n14','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n14','market','wire:d0n14',1700056562732,'wire:d0n14','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n14','sector:banks','wire:d0n14',1700056562732,'wire:d0n14','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n14','topic:banks','wire:d0n14',1700056562732,'wire:d0n14','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n15','market','wire:d0n15',1700111105741,'wire:d0n15','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n15','topic:banks','wire:d0n15',1700111105741,'wire:d0n15','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n16','market','wire:d0n16',1700061414819,'wire:d0n16','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n16','topic:banks','wire:d0n16',1700061414819,'wire:d0n16','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n17','entity:c2','wire:d0n17',1700071889332,'wire:d0n17','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n17','market','wire:d0n17',1700071889332,'wire:d0n17','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n17','sector:banks','wire:d0n17',1700071889332,'wire:d0n17','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n17','topic:banks','wire:d0n17',1700071889332,'wire:d0n17','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n18','entity:c4','wire:d0n18',1700095122004,'wire:d0n18','history','a.example',-700000,1700095122004,'wire:d0n18','history');
INSERT INTO "story_series" VALUES('wire:d0n18','market','wire:d0n18',1700095122004,'wire:d0n18','history','a.example',-700000,1700095122004,'wire:d0n18','history');
INSERT INTO "story_series" VALUES('wire:d0n18','sector:banks','wire:d0n18',1700095122004,'wire:d0n18','history','a.example',-700000,1700095122004,'wire:d0n18','history');
INSERT INTO "story_series" VALUES('wire:d0n18','topic:banks','wire:d0n18',1700095122004,'wire:d0n18','history','a.example',-700000,1700095122004,'wire:d0n18','history');
INSERT INTO "story_series" VALUES('wire:d0n19','entity:c6','wire:d0n19',1700084652976,'wire:d0n19','history','b.example',-700000,1700084652976,'wire:d0n19','history');
INSERT INTO "story_series" VALUES('wire:d0n19','market','wire:d0n19',1700084652976,'wire:d0n19','history','b.example',-700000,1700084652976,'wire:d0n19','history');
INSERT INTO "story_series" VALUES('wire:d0n19','sector:banks','wire:d0n19',1700084652976,'wire:d0n19','history','b.example',-700000,1700084652976,'wire:d0n19','history');
INSERT INTO "story_series" VALUES('wire:d0n19','topic:banks','wire:d0n19',1700084652976,'wire:d0n19','history','b.example',-700000,1700084652976,'wire:d0n19','history');
INSERT INTO "story_series" VALUES('wire:d0n2','market','wire:d0n2',1700078495864,'wire:d0n2','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n2','topic:banks','wire:d0n2',1700078495864,'wire:d0n2','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n20','market','wire:d0n20',1700093309972,'wire:d0n20','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n20','topic:banks','wire:d0n20',1700093309972,'wire:d0n20','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n21','entity:c3','wire:d0n21',1700067055784,'wire:d0n21c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n21','market','wire:d0n21',1700062822819,'wire:d0n21','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n21','sector:banks','wire:d0n21',1700067055784,'wire:d0n21c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n21','topic:banks','wire:d0n21',1700062822819,'wire:d0n21','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n22','market','wire:d0n22',1700118968101,'wire:d0n22','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n22','topic:banks','wire:d0n22',1700118968101,'wire:d0n22','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n23','entity:c5','wire:d0n23',1700083916113,'wire:d0n23','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n23','market','wire:d0n23',1700083916113,'wire:d0n23','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n23','sector:banks','wire:d0n23',1700083916113,'wire:d0n23','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n23','topic:banks','wire:d0n23',1700083916113,'wire:d0n23','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n24','entity:c0','wire:d0n24',1700077209713,'wire:d0n24','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n24','market','wire:d0n24',1700077209713,'wire:d0n24','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n24','sector:banks','wire:d0n24',1700077209713,'wire:d0n24','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n24','topic:banks','wire:d0n24',1700077209713,'wire:d0n24','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n25','entity:c2','wire:d0n25',1700088326850,'wire:d0n25','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n25','market','wire:d0n25',1700088326850,'wire:d0n25','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n25','sector:banks','wire:d0n25',1700088326850,'wire:d0n25','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n25','topic:banks','wire:d0n25',1700088326850,'wire:d0n25','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n26','market','wire:d0n26',1700123003451,'wire:d0n26','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n26','topic:banks','wire:d0n26',1700123003451,'wire:d0n26','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n27','entity:c4','wire:d0n27',1700052366445,'wire:d0n27','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n27','market','wire:d0n27',1700052366445,'wire:d0n27','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n27','sector:banks','wire:d0n27',1700052366445,'wire:d0n27','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n27','topic:banks','wire:d0n27',1700052366445,'wire:d0n27','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n28','entity:c6','wire:d0n28',1700065414413,'wire:d0n28','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n28','market','wire:d0n28',1700065414413,'wire:d0n28','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n28','sector:banks','wire:d0n28',1700065414413,'wire:d0n28','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n28','topic:banks','wire:d0n28',1700065414413,'wire:d0n28','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n29','entity:c1','wire:d0n29',1700135705422,'wire:d0n29','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n29','market','wire:d0n29',1700135705422,'wire:d0n29','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n29','sector:banks','wire:d0n29',1700135705422,'wire:d0n29','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n29','topic:banks','wire:d0n29',1700135705422,'wire:d0n29','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n3','entity:c5','wire:d0n3',1700112874814,'wire:d0n3','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n3','market','wire:d0n3',1700112874814,'wire:d0n3','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n3','sector:banks','wire:d0n3',1700112874814,'wire:d0n3','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n3','topic:banks','wire:d0n3',1700112874814,'wire:d0n3','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n4','entity:c0','wire:d0n4',1700068389932,'wire:d0n4c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n4','market','wire:d0n4',1700051959154,'wire:d0n4','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n4','sector:banks','wire:d0n4',1700068389932,'wire:d0n4c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n4','topic:banks','wire:d0n4',1700051959154,'wire:d0n4','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n5','market','wire:d0n5',1700109419890,'wire:d0n5','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n5','topic:banks','wire:d0n5',1700109419890,'wire:d0n5','history','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n6','entity:c4','wire:d0n6',1700096187006,'wire:d0n6c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n6','market','wire:d0n6',1700090260529,'wire:d0n6','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n6','sector:banks','wire:d0n6',1700096187006,'wire:d0n6c','history','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n6','topic:banks','wire:d0n6',1700090260529,'wire:d0n6','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n7','market','wire:d0n7',1700076635515,'wire:d0n7','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n7','topic:banks','wire:d0n7',1700076635515,'wire:d0n7','history','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n8','entity:c6','wire:d0n8',1700115245797,'wire:d0n8','history','c.example',-700000,1700115245797,'wire:d0n8','history');
INSERT INTO "story_series" VALUES('wire:d0n8','market','wire:d0n8',1700115245797,'wire:d0n8','history','c.example',-700000,1700115245797,'wire:d0n8','history');
INSERT INTO "story_series" VALUES('wire:d0n8','sector:banks','wire:d0n8',1700115245797,'wire:d0n8','history','c.example',-700000,1700115245797,'wire:d0n8','history');
INSERT INTO "story_series" VALUES('wire:d0n8','topic:banks','wire:d0n8',1700115245797,'wire:d0n8','history','c.example',-700000,1700115245797,'wire:d0n8','history');
INSERT INTO "story_series" VALUES('wire:d0n9','market','wire:d0n9',1700079606638,'wire:d0n9','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d0n9','topic:banks','wire:d0n9',1700079606638,'wire:d0n9','history','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n0','market','wire:d1n0',1700202403950,'wire:d1n0','live','a.example',-700000,1700202403950,'wire:d1n0','live');
INSERT INTO "story_series" VALUES('wire:d1n0','topic:banks','wire:d1n0',1700202403950,'wire:d1n0','live','a.example',-700000,1700202403950,'wire:d1n0','live');
INSERT INTO "story_series" VALUES('wire:d1n1','market','wire:d1n1',1700201223880,'wire:d1n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n1','topic:banks','wire:d1n1',1700201223880,'wire:d1n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n10','market','wire:d1n10',1700212438871,'wire:d1n10','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n10','topic:banks','wire:d1n10',1700212438871,'wire:d1n10','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n11','entity:c6','wire:d1n11',1700215032819,'wire:d1n11','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n11','market','wire:d1n11',1700215032819,'wire:d1n11','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n11','sector:banks','wire:d1n11',1700215032819,'wire:d1n11','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n11','topic:banks','wire:d1n11',1700215032819,'wire:d1n11','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n12','entity:c1','wire:d1n12',1700179003841,'wire:d1n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n12','market','wire:d1n12',1700179003841,'wire:d1n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n12','sector:banks','wire:d1n12',1700179003841,'wire:d1n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n12','topic:banks','wire:d1n12',1700179003841,'wire:d1n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n13','market','wire:d1n13',1700154970945,'wire:d1n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n13','topic:banks','wire:d1n13',1700154970945,'wire:d1n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n14','entity:c3','wire:d1n14',1700176194802,'wire:d1n14','live','c.example',-700000,1700176194802,'wire:d1n14','live');
INSERT INTO "story_series" VALUES('wire:d1n14','market','wire:d1n14',1700176194802,'wire:d1n14','live','c.example',-700000,1700176194802,'wire:d1n14','live');
INSERT INTO "story_series" VALUES('wire:d1n14','sector:banks','wire:d1n14',1700176194802,'wire:d1n14','live','c.example',-700000,1700176194802,'wire:d1n14','live');
INSERT INTO "story_series" VALUES('wire:d1n14','topic:banks','wire:d1n14',1700176194802,'wire:d1n14','live','c.example',-700000,1700176194802,'wire:d1n14','live');
INSERT INTO "story_series" VALUES('wire:d1n15','market','wire:d1n15',1700167481618,'wire:d1n15','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n15','topic:banks','wire:d1n15',1700167481618,'wire:d1n15','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n16','entity:c5','wire:d1n16',1700186289532,'wire:d1n16','live','b.example',-700000,1700186289532,'wire:d1n16','live');
INSERT INTO "story_series" VALUES('wire:d1n16','market','wire:d1n16',1700186289532,'wire:d1n16','live','b.example',-700000,1700186289532,'wire:d1n16','live');
INSERT INTO "story_series" VALUES('wire:d1n16','sector:banks','wire:d1n16',1700186289532,'wire:d1n16','live','b.example',-700000,1700186289532,'wire:d1n16','live');
INSERT INTO "story_series" VALUES('wire:d1n16','topic:banks','wire:d1n16',1700186289532,'wire:d1n16','live','b.example',-700000,1700186289532,'wire:d1n16','live');
INSERT INTO "story_series" VALUES('wire:d1n17','entity:c0','wire:d1n17',1700215072224,'wire:d1n17c','live','z.example',-700000,1700215072224,'wire:d1n17c','live');
INSERT INTO "story_series" VALUES('wire:d1n17','market','wire:d1n17',1700210581435,'wire:d1n17','live','c.example',-700000,1700210581435,'wire:d1n17','live');
INSERT INTO "story_series" VALUES('wire:d1n17','sector:banks','wire:d1n17',1700215072224,'wire:d1n17c','live','z.example',-700000,1700215072224,'wire:d1n17c','live');
INSERT INTO "story_series" VALUES('wire:d1n17','topic:banks','wire:d1n17',1700210581435,'wire:d1n17','live','c.example',-700000,1700210581435,'wire:d1n17','live');
INSERT INTO "story_series" VALUES('wire:d1n18','entity:c2','wire:d1n18',1700189288199,'wire:d1n18','live','a.example',-700000,1700189288199,'wire:d1n18','live');
INSERT INTO "story_series" VALUES('wire:d1n18','market','wire:d1n18',1700189288199,'wire:d1n18','live','a.example',-700000,1700189288199,'wire:d1n18','live');
INSERT INTO "story_series" VALUES('wire:d1n18','sector:banks','wire:d1n18',1700189288199,'wire:d1n18','live','a.example',-700000,1700189288199,'wire:d1n18','live');
INSERT INTO "story_series" VALUES('wire:d1n18','topic:banks','wire:d1n18',1700189288199,'wire:d1n18','live','a.example',-700000,1700189288199,'wire:d1n18','live');
INSERT INTO "story_series" VALUES('wire:d1n19','entity:c4','wire:d1n19',1700194816005,'wire:d1n19c','live','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n19','market','wire:d1n19',1700173308836,'wire:d1n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n19','sector:banks','wire:d1n19',1700194816005,'wire:d1n19c','live','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n19','topic:banks','wire:d1n19',1700173308836,'wire:d1n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n2','entity:c3','wire:d1n2',1700167456590,'wire:d1n2','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n2','market','wire:d1n2',1700167456590,'wire:d1n2','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n2','sector:banks','wire:d1n2',1700167456590,'wire:d1n2','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n2','topic:banks','wire:d1n2',1700167456590,'wire:d1n2','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n20','market','wire:d1n20',1700180864404,'wire:d1n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n20','topic:banks','wire:d1n20',1700180864404,'wire:d1n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n21','entity:c6','wire:d1n21',1700143628052,'wire:d1n21','live','a.example',-700000,1700143628052,'wire:d1n21','live');
INSERT INTO "story_series" VALUES('wire:d1n21','market','wire:d1n21',1700143628052,'wire:d1n21','live','a.example',-700000,1700143628052,'wire:d1n21','live');
INSERT INTO "story_series" VALUES('wire:d1n21','sector:banks','wire:d1n21',1700143628052,'wire:d1n21','live','a.example',-700000,1700143628052,'wire:d1n21','live');
INSERT INTO "story_series" VALUES('wire:d1n21','topic:banks','wire:d1n21',1700143628052,'wire:d1n21','live','a.example',-700000,1700143628052,'wire:d1n21','live');
INSERT INTO "story_series" VALUES('wire:d1n22','market','wire:d1n22',1700138178895,'wire:d1n22','live','b.example',-700000,1700138178895,'wire:d1n22','live');
INSERT INTO "story_series" VALUES('wire:d1n22','topic:banks','wire:d1n22',1700138178895,'wire:d1n22','live','b.example',-700000,1700138178895,'wire:d1n22','live');
INSERT INTO "story_series" VALUES('wire:d1n23','entity:c1','wire:d1n23',1700188693760,'wire:d1n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n23','market','wire:d1n23',1700188693760,'wire:d1n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n23','sector:banks','wire:d1n23',1700188693760,'wire:d1n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n23','topic:banks','wire:d1n23',1700188693760,'wire:d1n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n24','entity:c3','wire:d1n24',1700161486772,'wire:d1n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n24','market','wire:d1n24',1700161486772,'wire:d1n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n24','sector:banks','wire:d1n24',1700161486772,'wire:d1n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n24','topic:banks','wire:d1n24',1700161486772,'wire:d1n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n25','market','wire:d1n25',1700219905651,'wire:d1n25','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n25','topic:banks','wire:d1n25',1700219905651,'wire:d1n25','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n26','entity:c5','wire:d1n26',1700142813738,'wire:d1n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n26','market','wire:d1n26',1700142813738,'wire:d1n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n26','sector:banks','wire:d1n26',1700142813738,'wire:d1n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n26','topic:banks','wire:d1n26',1700142813738,'wire:d1n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n27','market','wire:d1n27',1700211286588,'wire:d1n27','live','a.example',-700000,1700211286588,'wire:d1n27','live');
INSERT INTO "story_series" VALUES('wire:d1n27','topic:banks','wire:d1n27',1700211286588,'wire:d1n27','live','a.example',-700000,1700211286588,'wire:d1n27','live');
INSERT INTO "story_series" VALUES('wire:d1n28','entity:c0','wire:d1n28',1700190918415,'wire:d1n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n28','market','wire:d1n28',1700190918415,'wire:d1n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n28','sector:banks','wire:d1n28',1700190918415,'wire:d1n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n28','topic:banks','wire:d1n28',1700190918415,'wire:d1n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n29','market','wire:d1n29',1700197016211,'wire:d1n29','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n29','topic:banks','wire:d1n29',1700197016211,'wire:d1n29','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n3','market','wire:d1n3',1700169865344,'wire:d1n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n3','topic:banks','wire:d1n3',1700169865344,'wire:d1n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n4','entity:c5','wire:d1n4',1700162999450,'wire:d1n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n4','market','wire:d1n4',1700162999450,'wire:d1n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n4','sector:banks','wire:d1n4',1700162999450,'wire:d1n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n4','topic:banks','wire:d1n4',1700162999450,'wire:d1n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n5','entity:c0','wire:d1n5',1700198717351,'wire:d1n5c','live','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n5','market','wire:d1n5',1700192897622,'wire:d1n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n5','sector:banks','wire:d1n5',1700198717351,'wire:d1n5c','live','z.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n5','topic:banks','wire:d1n5',1700192897622,'wire:d1n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n6','market','wire:d1n6',1700214011019,'wire:d1n6','live','a.example',-700000,1700214011019,'wire:d1n6','live');
INSERT INTO "story_series" VALUES('wire:d1n6','topic:banks','wire:d1n6',1700214011019,'wire:d1n6','live','a.example',-700000,1700214011019,'wire:d1n6','live');
INSERT INTO "story_series" VALUES('wire:d1n7','entity:c2','wire:d1n7',1700192079822,'wire:d1n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n7','market','wire:d1n7',1700192079822,'wire:d1n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n7','sector:banks','wire:d1n7',1700192079822,'wire:d1n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n7','topic:banks','wire:d1n7',1700192079822,'wire:d1n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n8','market','wire:d1n8',1700150908615,'wire:d1n8','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n8','topic:banks','wire:d1n8',1700150908615,'wire:d1n8','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n9','entity:c4','wire:d1n9',1700148982089,'wire:d1n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n9','market','wire:d1n9',1700148982089,'wire:d1n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n9','sector:banks','wire:d1n9',1700148982089,'wire:d1n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d1n9','topic:banks','wire:d1n9',1700148982089,'wire:d1n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n0','market','wire:d2n0',1700234267299,'wire:d2n0','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n0','topic:banks','wire:d2n0',1700234267299,'wire:d2n0','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n1','entity:c1','wire:d2n1',1700291972551,'wire:d2n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n1','market','wire:d2n1',1700291972551,'wire:d2n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n1','sector:banks','wire:d2n1',1700291972551,'wire:d2n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n1','topic:banks','wire:d2n1',1700291972551,'wire:d2n1','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n10','market','wire:d2n10',1700266893022,'wire:d2n10','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n10','topic:banks','wire:d2n10',1700266893022,'wire:d2n10','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n11','entity:c6','wire:d2n11',1700305567314,'wire:d2n11','live','c.example',-700000,1700305567314,'wire:d2n11','live');
INSERT INTO "story_series" VALUES('wire:d2n11','market','wire:d2n11',1700305567314,'wire:d2n11','live','c.example',-700000,1700305567314,'wire:d2n11','live');
INSERT INTO "story_series" VALUES('wire:d2n11','sector:banks','wire:d2n11',1700305567314,'wire:d2n11','live','c.example',-700000,1700305567314,'wire:d2n11','live');
INSERT INTO "story_series" VALUES('wire:d2n11','topic:banks','wire:d2n11',1700305567314,'wire:d2n11','live','c.example',-700000,1700305567314,'wire:d2n11','live');
INSERT INTO "story_series" VALUES('wire:d2n12','market','wire:d2n12',1700283044610,'wire:d2n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n12','topic:banks','wire:d2n12',1700283044610,'wire:d2n12','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n13','entity:c1','wire:d2n13',1700243180262,'wire:d2n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n13','market','wire:d2n13',1700243180262,'wire:d2n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n13','sector:banks','wire:d2n13',1700243180262,'wire:d2n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n13','topic:banks','wire:d2n13',1700243180262,'wire:d2n13','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n14','entity:c3','wire:d2n14',1700260428346,'wire:d2n14c','live','z.example',-700000,1700260428346,'wire:d2n14c','live');
INSERT INTO "story_series" VALUES('wire:d2n14','market','wire:d2n14',1700252990306,'wire:d2n14','live','c.example',-700000,1700252990306,'wire:d2n14','live');
INSERT INTO "story_series" VALUES('wire:d2n14','sector:banks','wire:d2n14',1700260428346,'wire:d2n14c','live','z.example',-700000,1700260428346,'wire:d2n14c','live');
INSERT INTO "story_series" VALUES('wire:d2n14','topic:banks','wire:d2n14',1700252990306,'wire:d2n14','live','c.example',-700000,1700252990306,'wire:d2n14','live');
INSERT INTO "story_series" VALUES('wire:d2n15','market','wire:d2n15',1700248455902,'wire:d2n15','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n15','topic:banks','wire:d2n15',1700248455902,'wire:d2n15','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n16','entity:c5','wire:d2n16',1700263035122,'wire:d2n16','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n16','market','wire:d2n16',1700263035122,'wire:d2n16','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n16','sector:banks','wire:d2n16',1700263035122,'wire:d2n16','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n16','topic:banks','wire:d2n16',1700263035122,'wire:d2n16','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n17','market','wire:d2n17',1700251908933,'wire:d2n17','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n17','topic:banks','wire:d2n17',1700251908933,'wire:d2n17','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n18','entity:c0','wire:d2n18',1700274472607,'wire:d2n18','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n18','market','wire:d2n18',1700274472607,'wire:d2n18','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n18','sector:banks','wire:d2n18',1700274472607,'wire:d2n18','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n18','topic:banks','wire:d2n18',1700274472607,'wire:d2n18','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n19','entity:c2','wire:d2n19',1700224630822,'wire:d2n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n19','market','wire:d2n19',1700224630822,'wire:d2n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n19','sector:banks','wire:d2n19',1700224630822,'wire:d2n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n19','topic:banks','wire:d2n19',1700224630822,'wire:d2n19','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n2','market','wire:d2n2',1700241838996,'wire:d2n2','live','c.example',-700000,1700241838996,'wire:d2n2','live');
INSERT INTO "story_series" VALUES('wire:d2n2','topic:banks','wire:d2n2',1700241838996,'wire:d2n2','live','c.example',-700000,1700241838996,'wire:d2n2','live');
INSERT INTO "story_series" VALUES('wire:d2n20','entity:c4','wire:d2n20',1700295823797,'wire:d2n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n20','market','wire:d2n20',1700295823797,'wire:d2n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n20','sector:banks','wire:d2n20',1700295823797,'wire:d2n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n20','topic:banks','wire:d2n20',1700295823797,'wire:d2n20','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n21','entity:c6','wire:d2n21',1700292661092,'wire:d2n21','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n21','market','wire:d2n21',1700292661092,'wire:d2n21','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n21','sector:banks','wire:d2n21',1700292661092,'wire:d2n21','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n21','topic:banks','wire:d2n21',1700292661092,'wire:d2n21','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n22','entity:c1','wire:d2n22',1700240663916,'wire:d2n22','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n22','market','wire:d2n22',1700240663916,'wire:d2n22','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n22','sector:banks','wire:d2n22',1700240663916,'wire:d2n22','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n22','topic:banks','wire:d2n22',1700240663916,'wire:d2n22','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n23','market','wire:d2n23',1700278284307,'wire:d2n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n23','topic:banks','wire:d2n23',1700278284307,'wire:d2n23','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n24','entity:c3','wire:d2n24',1700275093770,'wire:d2n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n24','market','wire:d2n24',1700275093770,'wire:d2n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n24','sector:banks','wire:d2n24',1700275093770,'wire:d2n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n24','topic:banks','wire:d2n24',1700275093770,'wire:d2n24','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n25','market','wire:d2n25',1700292687905,'wire:d2n25','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n25','topic:banks','wire:d2n25',1700292687905,'wire:d2n25','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n26','entity:c5','wire:d2n26',1700258288061,'wire:d2n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n26','market','wire:d2n26',1700258288061,'wire:d2n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n26','sector:banks','wire:d2n26',1700258288061,'wire:d2n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n26','topic:banks','wire:d2n26',1700258288061,'wire:d2n26','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n27','market','wire:d2n27',1700306738736,'wire:d2n27','live','a.example',-700000,1700306738736,'wire:d2n27','live');
INSERT INTO "story_series" VALUES('wire:d2n27','topic:banks','wire:d2n27',1700306738736,'wire:d2n27','live','a.example',-700000,1700306738736,'wire:d2n27','live');
INSERT INTO "story_series" VALUES('wire:d2n28','entity:c2','wire:d2n28',1700280703621,'wire:d2n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n28','market','wire:d2n28',1700280703621,'wire:d2n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n28','sector:banks','wire:d2n28',1700280703621,'wire:d2n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n28','topic:banks','wire:d2n28',1700280703621,'wire:d2n28','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n29','market','wire:d2n29',1700262684371,'wire:d2n29','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n29','topic:banks','wire:d2n29',1700262684371,'wire:d2n29','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n3','entity:c3','wire:d2n3',1700254406111,'wire:d2n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n3','market','wire:d2n3',1700254406111,'wire:d2n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n3','sector:banks','wire:d2n3',1700254406111,'wire:d2n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n3','topic:banks','wire:d2n3',1700254406111,'wire:d2n3','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n4','market','wire:d2n4',1700226917691,'wire:d2n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n4','topic:banks','wire:d2n4',1700226917691,'wire:d2n4','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n5','entity:c5','wire:d2n5',1700258438385,'wire:d2n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n5','market','wire:d2n5',1700258438385,'wire:d2n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n5','sector:banks','wire:d2n5',1700258438385,'wire:d2n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n5','topic:banks','wire:d2n5',1700258438385,'wire:d2n5','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n6','entity:c0','wire:d2n6',1700303319010,'wire:d2n6','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n6','market','wire:d2n6',1700303319010,'wire:d2n6','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n6','sector:banks','wire:d2n6',1700303319010,'wire:d2n6','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n6','topic:banks','wire:d2n6',1700303319010,'wire:d2n6','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n7','market','wire:d2n7',1700249629371,'wire:d2n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n7','topic:banks','wire:d2n7',1700249629371,'wire:d2n7','live','b.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n8','market','wire:d2n8',1700234212786,'wire:d2n8','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n8','topic:banks','wire:d2n8',1700234212786,'wire:d2n8','live','c.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n9','entity:c4','wire:d2n9',1700255475342,'wire:d2n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n9','market','wire:d2n9',1700255475342,'wire:d2n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n9','sector:banks','wire:d2n9',1700255475342,'wire:d2n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:d2n9','topic:banks','wire:d2n9',1700255475342,'wire:d2n9','live','a.example',350000,NULL,NULL,NULL);
INSERT INTO "story_series" VALUES('wire:late0','entity:c3','wire:late0',1700031600000,'wire:late0','history','c.example',-700000,1700031600000,'wire:late0','history');
INSERT INTO "story_series" VALUES('wire:late0','market','wire:late0',1700031600000,'wire:late0','history','c.example',-700000,1700031600000,'wire:late0','history');
INSERT INTO "story_series" VALUES('wire:late0','sector:banks','wire:late0',1700031600000,'wire:late0','history','c.example',-700000,1700031600000,'wire:late0','history');
INSERT INTO "story_series" VALUES('wire:late0','topic:banks','wire:late0',1700031600000,'wire:late0','history','c.example',-700000,1700031600000,'wire:late0','history');
INSERT INTO "story_series" VALUES('wire:late1','market','wire:late1',1700118000000,'wire:late1','late','c.example',-700000,1700118000000,'wire:late1','late');
INSERT INTO "story_series" VALUES('wire:late1','topic:banks','wire:late1',1700118000000,'wire:late1','late','c.example',-700000,1700118000000,'wire:late1','late');
INSERT INTO "story_series" VALUES('wire:late2','market','wire:late2',1700204400000,'wire:late2','late','c.example',-700000,1700204400000,'wire:late2','late');
INSERT INTO "story_series" VALUES('wire:late2','topic:banks','wire:late2',1700204400000,'wire:late2','late','c.example',-700000,1700204400000,'wire:late2','late');
INSERT INTO "story_series" VALUES('wire:old0','market','wire:old0',1696420800000,'wire:old0','backlog','b.example',-700000,1696420800000,'wire:old0','backlog');
INSERT INTO "story_series" VALUES('wire:old0','topic:banks','wire:old0',1696420800000,'wire:old0','backlog','b.example',-700000,1696420800000,'wire:old0','backlog');
INSERT INTO "story_series" VALUES('wire:old1','entity:c2','wire:old1',1694520000000,'wire:old1','backlog','b.example',-700000,1694520000000,'wire:old1','backlog');
INSERT INTO "story_series" VALUES('wire:old1','market','wire:old1',1694520000000,'wire:old1','backlog','b.example',-700000,1694520000000,'wire:old1','backlog');
INSERT INTO "story_series" VALUES('wire:old1','sector:banks','wire:old1',1694520000000,'wire:old1','backlog','b.example',-700000,1694520000000,'wire:old1','backlog');
INSERT INTO "story_series" VALUES('wire:old1','topic:banks','wire:old1',1694520000000,'wire:old1','backlog','b.example',-700000,1694520000000,'wire:old1','backlog');
INSERT INTO "story_series" VALUES('wire:old2','entity:c4','wire:old2',1693483200000,'wire:old2','backlog','b.example',-700000,1693483200000,'wire:old2','backlog');
INSERT INTO "story_series" VALUES('wire:old2','market','wire:old2',1693483200000,'wire:old2','backlog','b.example',-700000,1693483200000,'wire:old2','backlog');
INSERT INTO "story_series" VALUES('wire:old2','sector:banks','wire:old2',1693483200000,'wire:old2','backlog','b.example',-700000,1693483200000,'wire:old2','backlog');
INSERT INTO "story_series" VALUES('wire:old2','topic:banks','wire:old2',1693483200000,'wire:old2','backlog','b.example',-700000,1693483200000,'wire:old2','backlog');
INSERT INTO "story_series" VALUES('wire:surge1n0','entity:c4','wire:surge1n0',1700208000000,'wire:surge1n0','live','a.example',-700000,1700208000000,'wire:surge1n0','live');
INSERT INTO "story_series" VALUES('wire:surge1n0','market','wire:surge1n0',1700208000000,'wire:surge1n0','live','a.example',-700000,1700208000000,'wire:surge1n0','live');
INSERT INTO "story_series" VALUES('wire:surge1n0','sector:banks','wire:surge1n0',1700208000000,'wire:surge1n0','live','a.example',-700000,1700208000000,'wire:surge1n0','live');
INSERT INTO "story_series" VALUES('wire:surge1n0','topic:banks','wire:surge1n0',1700208000000,'wire:surge1n0','live','a.example',-700000,1700208000000,'wire:surge1n0','live');
INSERT INTO "story_series" VALUES('wire:surge1n1','market','wire:surge1n1',1700208060000,'wire:surge1n1','live','b.example',-700000,1700208060000,'wire:surge1n1','live');
INSERT INTO "story_series" VALUES('wire:surge1n1','topic:banks','wire:surge1n1',1700208060000,'wire:surge1n1','live','b.example',-700000,1700208060000,'wire:surge1n1','live');
INSERT INTO "story_series" VALUES('wire:surge1n10','entity:c0','wire:surge1n10',1700208600000,'wire:surge1n10','live','b.example',-700000,1700208600000,'wire:surge1n10','live');
INSERT INTO "story_series" VALUES('wire:surge1n10','market','wire:surge1n10',1700208600000,'wire:surge1n10','live','b.example',-700000,1700208600000,'wire:surge1n10','live');
INSERT INTO "story_series" VALUES('wire:surge1n10','sector:banks','wire:surge1n10',1700208600000,'wire:surge1n10','live','b.example',-700000,1700208600000,'wire:surge1n10','live');
INSERT INTO "story_series" VALUES('wire:surge1n10','topic:banks','wire:surge1n10',1700208600000,'wire:surge1n10','live','b.example',-700000,1700208600000,'wire:surge1n10','live');
INSERT INTO "story_series" VALUES('wire:surge1n11','market','wire:surge1n11',1700208660000,'wire:surge1n11','live','c.example',-700000,1700208660000,'wire:surge1n11','live');
INSERT INTO "story_series" VALUES('wire:surge1n11','topic:banks','wire:surge1n11',1700208660000,'wire:surge1n11','live','c.example',-700000,1700208660000,'wire:surge1n11','live');
INSERT INTO "story_series" VALUES('wire:surge1n2','entity:c6','wire:surge1n2',1700208120000,'wire:surge1n2','live','c.example',-700000,1700208120000,'wire:surge1n2','live');
INSERT INTO "story_series" VALUES('wire:surge1n2','market','wire:surge1n2',1700208120000,'wire:surge1n2','live','c.example',-700000,1700208120000,'wire:surge1n2','live');
INSERT INTO "story_series" VALUES('wire:surge1n2','sector:banks','wire:surge1n2',1700208120000,'wire:surge1n2','live','c.example',-700000,1700208120000,'wire:surge1n2','live');
INSERT INTO "story_series" VALUES('wire:surge1n2','topic:banks','wire:surge1n2',1700208120000,'wire:surge1n2','live','c.example',-700000,1700208120000,'wire:surge1n2','live');
INSERT INTO "story_series" VALUES('wire:surge1n3','market','wire:surge1n3',1700208180000,'wire:surge1n3','live','a.example',-700000,1700208180000,'wire:surge1n3','live');
INSERT INTO "story_series" VALUES('wire:surge1n3','topic:banks','wire:surge1n3',1700208180000,'wire:surge1n3','live','a.example',-700000,1700208180000,'wire:surge1n3','live');
INSERT INTO "story_series" VALUES('wire:surge1n4','entity:c1','wire:surge1n4',1700208240000,'wire:surge1n4','live','b.example',-700000,1700208240000,'wire:surge1n4','live');
INSERT INTO "story_series" VALUES('wire:surge1n4','market','wire:surge1n4',1700208240000,'wire:surge1n4','live','b.example',-700000,1700208240000,'wire:surge1n4','live');
INSERT INTO "story_series" VALUES('wire:surge1n4','sector:banks','wire:surge1n4',1700208240000,'wire:surge1n4','live','b.example',-700000,1700208240000,'wire:surge1n4','live');
INSERT INTO "story_series" VALUES('wire:surge1n4','topic:banks','wire:surge1n4',1700208240000,'wire:surge1n4','live','b.example',-700000,1700208240000,'wire:surge1n4','live');
INSERT INTO "story_series" VALUES('wire:surge1n5','market','wire:surge1n5',1700208300000,'wire:surge1n5','live','c.example',-700000,1700208300000,'wire:surge1n5','live');
INSERT INTO "story_series" VALUES('wire:surge1n5','topic:banks','wire:surge1n5',1700208300000,'wire:surge1n5','live','c.example',-700000,1700208300000,'wire:surge1n5','live');
INSERT INTO "story_series" VALUES('wire:surge1n6','entity:c3','wire:surge1n6',1700208360000,'wire:surge1n6','live','a.example',-700000,1700208360000,'wire:surge1n6','live');
INSERT INTO "story_series" VALUES('wire:surge1n6','market','wire:surge1n6',1700208360000,'wire:surge1n6','live','a.example',-700000,1700208360000,'wire:surge1n6','live');
INSERT INTO "story_series" VALUES('wire:surge1n6','sector:banks','wire:surge1n6',1700208360000,'wire:surge1n6','live','a.example',-700000,1700208360000,'wire:surge1n6','live');
INSERT INTO "story_series" VALUES('wire:surge1n6','topic:banks','wire:surge1n6',1700208360000,'wire:surge1n6','live','a.example',-700000,1700208360000,'wire:surge1n6','live');
INSERT INTO "story_series" VALUES('wire:surge1n7','market','wire:surge1n7',1700208420000,'wire:surge1n7','live','b.example',-700000,1700208420000,'wire:surge1n7','live');
INSERT INTO "story_series" VALUES('wire:surge1n7','topic:banks','wire:surge1n7',1700208420000,'wire:surge1n7','live','b.example',-700000,1700208420000,'wire:surge1n7','live');
INSERT INTO "story_series" VALUES('wire:surge1n8','entity:c5','wire:surge1n8',1700208480000,'wire:surge1n8','live','c.example',-700000,1700208480000,'wire:surge1n8','live');
INSERT INTO "story_series" VALUES('wire:surge1n8','market','wire:surge1n8',1700208480000,'wire:surge1n8','live','c.example',-700000,1700208480000,'wire:surge1n8','live');
INSERT INTO "story_series" VALUES('wire:surge1n8','sector:banks','wire:surge1n8',1700208480000,'wire:surge1n8','live','c.example',-700000,1700208480000,'wire:surge1n8','live');
INSERT INTO "story_series" VALUES('wire:surge1n8','topic:banks','wire:surge1n8',1700208480000,'wire:surge1n8','live','c.example',-700000,1700208480000,'wire:surge1n8','live');
INSERT INTO "story_series" VALUES('wire:surge1n9','market','wire:surge1n9',1700208540000,'wire:surge1n9','live','a.example',-700000,1700208540000,'wire:surge1n9','live');
INSERT INTO "story_series" VALUES('wire:surge1n9','topic:banks','wire:surge1n9',1700208540000,'wire:surge1n9','live','a.example',-700000,1700208540000,'wire:surge1n9','live');
CREATE TABLE texts (
	fingerprint INTEGER NOT NULL, 
	"before" TEXT NOT NULL, 
	days TEXT NOT NULL, 
	last_at INTEGER NOT NULL, 
	PRIMARY KEY (fingerprint)
)
 STRICT

;
INSERT INTO "texts" VALUES(-8949098018279018613,'[]','[19676]',1700061414819);
INSERT INTO "texts" VALUES(-8610746223038360350,'[]','[19677]',1700138178895);
INSERT INTO "texts" VALUES(-8415644088533919014,'[]','[19678]',1700263035122);
INSERT INTO "texts" VALUES(-8388677776042615687,'[]','[19678]',1700208180000);
INSERT INTO "texts" VALUES(-8340461863482924580,'[]','[19677]',1700148982089);
INSERT INTO "texts" VALUES(-8206687309566986847,'[]','[19676]',1700076635515);
INSERT INTO "texts" VALUES(-8184837873171632136,'[]','[19677]',1700169865344);
INSERT INTO "texts" VALUES(-8065724445223914932,'[]','[19634]',1696420800000);
INSERT INTO "texts" VALUES(-8022071062731349983,'[]','[19678]',1700208120000);
INSERT INTO "texts" VALUES(-7923530785163484478,'[]','[19600]',1693483200000);
INSERT INTO "texts" VALUES(-7783521088171814571,'[]','[19678]',1700180864404);
INSERT INTO "texts" VALUES(-7656678506565880211,'[]','[19678]',1700255475342);
INSERT INTO "texts" VALUES(-7419414180222791225,'[]','[19678]',1700211286588);
INSERT INTO "texts" VALUES(-7404105048197313949,'[]','[19678]',1700195868463);
INSERT INTO "texts" VALUES(-7401544937556584286,'[]','[19677]',1700150908615);
INSERT INTO "texts" VALUES(-7252476133870404837,'[]','[19679]',1700305567314);
INSERT INTO "texts" VALUES(-7247209070895153364,'[]','[19678]',1700214011019);
INSERT INTO "texts" VALUES(-6981004481210584044,'[]','[19679]',1700292687905);
INSERT INTO "texts" VALUES(-6919583592858550205,'[]','[19612]',1694520000000);
INSERT INTO "texts" VALUES(-6872850909727130313,'[]','[19677]',1700112874814);
INSERT INTO "texts" VALUES(-6170723015092490960,'[]','[19676]',1700031600000);
INSERT INTO "texts" VALUES(-5893079935860032893,'[]','[19677]',1700123003451);
INSERT INTO "texts" VALUES(-5867737008499870869,'[]','[19678]',1700212438871);
INSERT INTO "texts" VALUES(-5579007808249074980,'[]','[19678]',1700240663916);
INSERT INTO "texts" VALUES(-5418879739719260994,'[]','[19676]',1700071889332);
INSERT INTO "texts" VALUES(-5215420198494135068,'[]','[19676]',1700084652976);
INSERT INTO "texts" VALUES(-5149923425490741522,'[]','[19678]',1700190918415);
INSERT INTO "texts" VALUES(-4770340753772265876,'[]','[19677,19678]',1700194816005);
INSERT INTO "texts" VALUES(-4741364839218372394,'[]','[19678]',1700260428346);
INSERT INTO "texts" VALUES(-4594493206369645181,'[]','[19678]',1700208600000);
INSERT INTO "texts" VALUES(-3899751638022893389,'[]','[19678]',1700189288199);
INSERT INTO "texts" VALUES(-3696299109986714585,'[]','[19678]',1700202403950);
INSERT INTO "texts" VALUES(-3378645940126899501,'[]','[19678]',1700219905651);
INSERT INTO "texts" VALUES(-3366025250775522179,'[]','[19678]',1700224630822);
INSERT INTO "texts" VALUES(-3243881103565824018,'[]','[19677]',1700108356102);
INSERT INTO "texts" VALUES(-3126268493982990545,'[]','[19677]',1700167456590);
INSERT INTO "texts" VALUES(-2897596368837943423,'[]','[19676]',1700079239572);
INSERT INTO "texts" VALUES(-2858303783834124357,'[]','[19676]',1700066675285);
INSERT INTO "texts" VALUES(-2821903443830975288,'[]','[19677]',1700143628052);
INSERT INTO "texts" VALUES(-2798324811352186167,'[]','[19678]',1700208240000);
INSERT INTO "texts" VALUES(-2654570097028134216,'[]','[19678]',1700204400000);
INSERT INTO "texts" VALUES(-2442655969910474081,'[]','[19677]',1700096930542);
INSERT INTO "texts" VALUES(-2332911544506622588,'[]','[19679]',1700283044610);
INSERT INTO "texts" VALUES(-2180959426064372564,'[]','[19678]',1700251908933);
INSERT INTO "texts" VALUES(-2023515136195504290,'[]','[19679]',1700292661092);
INSERT INTO "texts" VALUES(-2022556176753636827,'[]','[19678]',1700208300000);
INSERT INTO "texts" VALUES(-745012900706383093,'[]','[19679]',1700306738736);
INSERT INTO "texts" VALUES(-451166700888581983,'[]','[19677]',1700176194802);
INSERT INTO "texts" VALUES(-409277885212479502,'[]','[19677]',1700109419890);
INSERT INTO "texts" VALUES(-407382941296902290,'[]','[19677]',1700118968101);
INSERT INTO "texts" VALUES(-221561645749608890,'[]','[19678]',1700201223880);
INSERT INTO "texts" VALUES(48432404897015871,'[]','[19678]',1700208360000);
INSERT INTO "texts" VALUES(370589147786734221,'[]','[19677]',1700162999450);
INSERT INTO "texts" VALUES(420217430817457505,'[]','[19677]',1700135705422);
INSERT INTO "texts" VALUES(635656242538560575,'[]','[19676]',1700088326850);
INSERT INTO "texts" VALUES(754998864219422472,'[]','[19677]',1700109233621);
INSERT INTO "texts" VALUES(777581740788781530,'[]','[19679]',1700284965571);
INSERT INTO "texts" VALUES(948928549428223027,'[]','[19678]',1700226917691);
INSERT INTO "texts" VALUES(960781704536758504,'[]','[19676,19677]',1700104736759);
INSERT INTO "texts" VALUES(977607051302221439,'[]','[19677]',1700111105741);
INSERT INTO "texts" VALUES(1085575458730128043,'[]','[19676]',1700068389932);
INSERT INTO "texts" VALUES(1245883332121978168,'[]','[19678]',1700215072224);
INSERT INTO "texts" VALUES(1378060888061093254,'[]','[19679]',1700303319010);
INSERT INTO "texts" VALUES(1718609059699156993,'[]','[19676]',1700056562732);
INSERT INTO "texts" VALUES(1798195283730032477,'[]','[19677]',1700161486772);
INSERT INTO "texts" VALUES(1898673258469838562,'[]','[19678]',1700241838996);
INSERT INTO "texts" VALUES(1934337368589696215,'[]','[19678]',1700261449587);
INSERT INTO "texts" VALUES(1947287270696211115,'[]','[19677]',1700093309972);
INSERT INTO "texts" VALUES(1977572946817456548,'[]','[19678]',1700208420000);
INSERT INTO "texts" VALUES(2243909587636714653,'[]','[19678]',1700208000000);
INSERT INTO "texts" VALUES(2290367635291227661,'[]','[19678]',1700186289532);
INSERT INTO "texts" VALUES(2860817281147245023,'[]','[19678]',1700208060000);
INSERT INTO "texts" VALUES(2865153120233584947,'[]','[19678]',1700254406111);
INSERT INTO "texts" VALUES(2993712941898732678,'[]','[19676]',1700083378554);
INSERT INTO "texts" VALUES(3042717036499874489,'[]','[19677]',1700179003841);
INSERT INTO "texts" VALUES(3050685570001188389,'[]','[19678]',1700208660000);
INSERT INTO "texts" VALUES(3212726007287600611,'[]','[19678]',1700197016211);
INSERT INTO "texts" VALUES(3640648611752573259,'[]','[19676]',1700079606638);
INSERT INTO "texts" VALUES(3912383124797957920,'[]','[19677]',1700123760927);
INSERT INTO "texts" VALUES(3998317837133013306,'[]','[19676]',1700077209713);
INSERT INTO "texts" VALUES(4113350390755915291,'[]','[19678]',1700234212786);
INSERT INTO "texts" VALUES(4226083547231472588,'[]','[19677]',1700154970945);
INSERT INTO "texts" VALUES(4312790862340135744,'[]','[19678]',1700208480000);
INSERT INTO "texts" VALUES(4785347601022134643,'[]','[19676,19677]',1700096187006);
INSERT INTO "texts" VALUES(5176244417465119611,'[]','[19678]',1700208540000);
INSERT INTO "texts" VALUES(5204968231476489370,'[]','[19677]',1700115245797);
INSERT INTO "texts" VALUES(5231468231197574272,'[]','[19678]',1700221584726);
INSERT INTO "texts" VALUES(5432985730942111810,'[]','[19678]',1700243180262);
INSERT INTO "texts" VALUES(5443673655747086218,'[]','[19679]',1700300647968);
INSERT INTO "texts" VALUES(5631025530683301389,'[]','[19678]',1700192079822);
INSERT INTO "texts" VALUES(6006736624946211191,'[]','[19678]',1700198717351);
INSERT INTO "texts" VALUES(6242474893693037094,'[]','[19679]',1700278284307);
INSERT INTO "texts" VALUES(6586641239439461600,'[]','[19679]',1700291972551);
INSERT INTO "texts" VALUES(6723175682045061058,'[]','[19678]',1700234267299);
INSERT INTO "texts" VALUES(7216171298679462232,'[]','[19679]',1700275093770);
INSERT INTO "texts" VALUES(7292598613089843065,'[]','[19676]',1700078488330);
INSERT INTO "texts" VALUES(7386476732543585129,'[]','[19676]',1700078495864);
INSERT INTO "texts" VALUES(7572066279205637837,'[]','[19678,19679]',1700267414663);
INSERT INTO "texts" VALUES(7686640812856118939,'[]','[19678]',1700248455902);
INSERT INTO "texts" VALUES(7978654320327349327,'[]','[19678]',1700262684371);
INSERT INTO "texts" VALUES(8217708420913990892,'[]','[19679]',1700280703621);
INSERT INTO "texts" VALUES(8484202970647304317,'[]','[19679]',1700266893022);
INSERT INTO "texts" VALUES(8551744219179152303,'[]','[19677]',1700118000000);
INSERT INTO "texts" VALUES(8808620684877645194,'[]','[19676]',1700070437049);
INSERT INTO "texts" VALUES(8809757159957199210,'[]','[19676]',1700067055784);
INSERT INTO "texts" VALUES(8880520775501481737,'[]','[19677]',1700167481618);
INSERT INTO "texts" VALUES(9079133843947107025,'[]','[19677]',1700142813738);
INSERT INTO "texts" VALUES(9189162106047840297,'[]','[19678]',1700249629371);
CREATE TABLE ticks (
	seq INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	mode TEXT NOT NULL, 
	PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "ticks" VALUES(1,1700049600000,'live');
INSERT INTO "ticks" VALUES(2,1700050500000,'live');
INSERT INTO "ticks" VALUES(3,1700051400000,'live');
INSERT INTO "ticks" VALUES(5,1700052300000,'live');
INSERT INTO "ticks" VALUES(7,1700053200000,'live');
INSERT INTO "ticks" VALUES(10,1700054100000,'live');
INSERT INTO "ticks" VALUES(11,1700055000000,'live');
INSERT INTO "ticks" VALUES(12,1700055900000,'live');
INSERT INTO "ticks" VALUES(14,1700056800000,'live');
INSERT INTO "ticks" VALUES(15,1700057700000,'live');
INSERT INTO "ticks" VALUES(16,1700058600000,'live');
INSERT INTO "ticks" VALUES(17,1700059500000,'live');
INSERT INTO "ticks" VALUES(18,1700060400000,'live');
INSERT INTO "ticks" VALUES(19,1700061300000,'live');
INSERT INTO "ticks" VALUES(21,1700062200000,'live');
INSERT INTO "ticks" VALUES(23,1700063100000,'live');
INSERT INTO "ticks" VALUES(24,1700064000000,'live');
INSERT INTO "ticks" VALUES(26,1700064900000,'live');
INSERT INTO "ticks" VALUES(28,1700065800000,'live');
INSERT INTO "ticks" VALUES(30,1700066700000,'live');
INSERT INTO "ticks" VALUES(32,1700067600000,'live');
INSERT INTO "ticks" VALUES(34,1700068500000,'live');
INSERT INTO "ticks" VALUES(35,1700069400000,'live');
INSERT INTO "ticks" VALUES(36,1700070300000,'live');
INSERT INTO "ticks" VALUES(38,1700071200000,'live');
INSERT INTO "ticks" VALUES(40,1700072100000,'live');
INSERT INTO "ticks" VALUES(41,1700073000000,'live');
INSERT INTO "ticks" VALUES(42,1700073900000,'live');
INSERT INTO "ticks" VALUES(43,1700074800000,'live');
INSERT INTO "ticks" VALUES(45,1700075700000,'live');
INSERT INTO "ticks" VALUES(46,1700076600000,'live');
INSERT INTO "ticks" VALUES(49,1700077500000,'live');
INSERT INTO "ticks" VALUES(50,1700078400000,'live');
INSERT INTO "ticks" VALUES(54,1700079300000,'live');
INSERT INTO "ticks" VALUES(56,1700080200000,'live');
INSERT INTO "ticks" VALUES(58,1700081100000,'live');
INSERT INTO "ticks" VALUES(59,1700082000000,'live');
INSERT INTO "ticks" VALUES(60,1700082900000,'live');
INSERT INTO "ticks" VALUES(62,1700083800000,'live');
INSERT INTO "ticks" VALUES(65,1700084700000,'live');
INSERT INTO "ticks" VALUES(66,1700085600000,'live');
INSERT INTO "ticks" VALUES(67,1700086500000,'live');
INSERT INTO "ticks" VALUES(68,1700087400000,'live');
INSERT INTO "ticks" VALUES(69,1700088300000,'live');
INSERT INTO "ticks" VALUES(71,1700089200000,'live');
INSERT INTO "ticks" VALUES(72,1700090100000,'live');
INSERT INTO "ticks" VALUES(74,1700091000000,'live');
INSERT INTO "ticks" VALUES(75,1700091900000,'live');
INSERT INTO "ticks" VALUES(76,1700092800000,'live');
INSERT INTO "ticks" VALUES(78,1700093700000,'live');
INSERT INTO "ticks" VALUES(79,1700094600000,'live');
INSERT INTO "ticks" VALUES(81,1700095500000,'live');
INSERT INTO "ticks" VALUES(83,1700096400000,'live');
INSERT INTO "ticks" VALUES(86,1700097300000,'live');
INSERT INTO "ticks" VALUES(87,1700098200000,'live');
INSERT INTO "ticks" VALUES(88,1700099100000,'live');
INSERT INTO "ticks" VALUES(89,1700100000000,'live');
INSERT INTO "ticks" VALUES(91,1700100900000,'live');
INSERT INTO "ticks" VALUES(92,1700101800000,'live');
INSERT INTO "ticks" VALUES(93,1700102700000,'live');
INSERT INTO "ticks" VALUES(94,1700103600000,'live');
INSERT INTO "ticks" VALUES(95,1700104500000,'live');
INSERT INTO "ticks" VALUES(97,1700105400000,'live');
INSERT INTO "ticks" VALUES(98,1700106300000,'live');
INSERT INTO "ticks" VALUES(99,1700107200000,'live');
INSERT INTO "ticks" VALUES(100,1700108100000,'live');
INSERT INTO "ticks" VALUES(102,1700109000000,'live');
INSERT INTO "ticks" VALUES(105,1700109900000,'live');
INSERT INTO "ticks" VALUES(106,1700110800000,'live');
INSERT INTO "ticks" VALUES(108,1700111700000,'live');
INSERT INTO "ticks" VALUES(109,1700112600000,'live');
INSERT INTO "ticks" VALUES(112,1700113500000,'live');
INSERT INTO "ticks" VALUES(113,1700114400000,'live');
INSERT INTO "ticks" VALUES(116,1700115300000,'live');
INSERT INTO "ticks" VALUES(117,1700116200000,'live');
INSERT INTO "ticks" VALUES(118,1700117100000,'live');
INSERT INTO "ticks" VALUES(119,1700118000000,'live');
INSERT INTO "ticks" VALUES(120,1700118900000,'live');
INSERT INTO "ticks" VALUES(122,1700119800000,'live');
INSERT INTO "ticks" VALUES(123,1700120700000,'live');
INSERT INTO "ticks" VALUES(124,1700121600000,'live');
INSERT INTO "ticks" VALUES(125,1700122500000,'live');
INSERT INTO "ticks" VALUES(127,1700123400000,'live');
INSERT INTO "ticks" VALUES(129,1700124300000,'live');
INSERT INTO "ticks" VALUES(130,1700125200000,'live');
INSERT INTO "ticks" VALUES(131,1700126100000,'live');
INSERT INTO "ticks" VALUES(132,1700127000000,'live');
INSERT INTO "ticks" VALUES(133,1700127900000,'live');
INSERT INTO "ticks" VALUES(134,1700128800000,'live');
INSERT INTO "ticks" VALUES(135,1700129700000,'live');
INSERT INTO "ticks" VALUES(136,1700130600000,'live');
INSERT INTO "ticks" VALUES(137,1700131500000,'live');
INSERT INTO "ticks" VALUES(138,1700132400000,'live');
INSERT INTO "ticks" VALUES(139,1700133300000,'live');
INSERT INTO "ticks" VALUES(140,1700134200000,'live');
INSERT INTO "ticks" VALUES(141,1700135100000,'live');
INSERT INTO "ticks" VALUES(144,1700136000000,'live');
INSERT INTO "ticks" VALUES(145,1700136900000,'live');
INSERT INTO "ticks" VALUES(146,1700137800000,'live');
INSERT INTO "ticks" VALUES(148,1700138700000,'live');
INSERT INTO "ticks" VALUES(149,1700139600000,'live');
INSERT INTO "ticks" VALUES(152,1700140500000,'live');
INSERT INTO "ticks" VALUES(153,1700141400000,'live');
INSERT INTO "ticks" VALUES(154,1700142300000,'live');
INSERT INTO "ticks" VALUES(156,1700143200000,'live');
INSERT INTO "ticks" VALUES(158,1700144100000,'live');
INSERT INTO "ticks" VALUES(159,1700145000000,'live');
INSERT INTO "ticks" VALUES(160,1700145900000,'live');
INSERT INTO "ticks" VALUES(161,1700146800000,'live');
INSERT INTO "ticks" VALUES(162,1700147700000,'live');
INSERT INTO "ticks" VALUES(163,1700148600000,'live');
INSERT INTO "ticks" VALUES(165,1700149500000,'live');
INSERT INTO "ticks" VALUES(166,1700150400000,'live');
INSERT INTO "ticks" VALUES(168,1700151300000,'live');
INSERT INTO "ticks" VALUES(169,1700152200000,'live');
INSERT INTO "ticks" VALUES(170,1700153100000,'live');
INSERT INTO "ticks" VALUES(171,1700154000000,'live');
INSERT INTO "ticks" VALUES(172,1700154900000,'live');
INSERT INTO "ticks" VALUES(174,1700155800000,'live');
INSERT INTO "ticks" VALUES(175,1700156700000,'live');
INSERT INTO "ticks" VALUES(176,1700157600000,'live');
INSERT INTO "ticks" VALUES(177,1700158500000,'live');
INSERT INTO "ticks" VALUES(178,1700159400000,'live');
INSERT INTO "ticks" VALUES(179,1700160300000,'live');
INSERT INTO "ticks" VALUES(180,1700161200000,'live');
INSERT INTO "ticks" VALUES(182,1700162100000,'live');
INSERT INTO "ticks" VALUES(184,1700163000000,'live');
INSERT INTO "ticks" VALUES(185,1700163900000,'live');
INSERT INTO "ticks" VALUES(186,1700164800000,'live');
INSERT INTO "ticks" VALUES(187,1700165700000,'live');
INSERT INTO "ticks" VALUES(188,1700166600000,'live');
INSERT INTO "ticks" VALUES(191,1700167500000,'live');
INSERT INTO "ticks" VALUES(192,1700168400000,'live');
INSERT INTO "ticks" VALUES(193,1700169300000,'live');
INSERT INTO "ticks" VALUES(195,1700170200000,'live');
INSERT INTO "ticks" VALUES(196,1700171100000,'live');
INSERT INTO "ticks" VALUES(197,1700172000000,'live');
INSERT INTO "ticks" VALUES(198,1700172900000,'live');
INSERT INTO "ticks" VALUES(200,1700173800000,'live');
INSERT INTO "ticks" VALUES(201,1700174700000,'live');
INSERT INTO "ticks" VALUES(202,1700175600000,'live');
INSERT INTO "ticks" VALUES(204,1700176500000,'live');
INSERT INTO "ticks" VALUES(205,1700177400000,'live');
INSERT INTO "ticks" VALUES(206,1700178300000,'live');
INSERT INTO "ticks" VALUES(208,1700179200000,'live');
INSERT INTO "ticks" VALUES(209,1700180100000,'live');
INSERT INTO "ticks" VALUES(211,1700181000000,'live');
INSERT INTO "ticks" VALUES(212,1700181900000,'live');
INSERT INTO "ticks" VALUES(213,1700182800000,'live');
INSERT INTO "ticks" VALUES(214,1700183700000,'live');
INSERT INTO "ticks" VALUES(215,1700184600000,'live');
INSERT INTO "ticks" VALUES(216,1700185500000,'live');
INSERT INTO "ticks" VALUES(218,1700186400000,'live');
INSERT INTO "ticks" VALUES(219,1700187300000,'live');
INSERT INTO "ticks" VALUES(220,1700188200000,'live');
INSERT INTO "ticks" VALUES(222,1700189100000,'live');
INSERT INTO "ticks" VALUES(224,1700190000000,'live');
INSERT INTO "ticks" VALUES(225,1700190900000,'live');
INSERT INTO "ticks" VALUES(227,1700191800000,'live');
INSERT INTO "ticks" VALUES(229,1700192700000,'live');
INSERT INTO "ticks" VALUES(231,1700193600000,'live');
INSERT INTO "ticks" VALUES(232,1700194500000,'live');
INSERT INTO "ticks" VALUES(234,1700195400000,'live');
INSERT INTO "ticks" VALUES(236,1700196300000,'live');
INSERT INTO "ticks" VALUES(238,1700197200000,'live');
INSERT INTO "ticks" VALUES(239,1700198100000,'live');
INSERT INTO "ticks" VALUES(241,1700199000000,'live');
INSERT INTO "ticks" VALUES(242,1700199900000,'live');
INSERT INTO "ticks" VALUES(243,1700200800000,'live');
INSERT INTO "ticks" VALUES(245,1700201700000,'live');
INSERT INTO "ticks" VALUES(247,1700202600000,'live');
INSERT INTO "ticks" VALUES(248,1700203500000,'live');
INSERT INTO "ticks" VALUES(249,1700204400000,'live');
INSERT INTO "ticks" VALUES(250,1700205300000,'live');
INSERT INTO "ticks" VALUES(252,1700206200000,'live');
INSERT INTO "ticks" VALUES(253,1700207100000,'live');
INSERT INTO "ticks" VALUES(254,1700208000000,'live');
INSERT INTO "ticks" VALUES(267,1700208900000,'live');
INSERT INTO "ticks" VALUES(268,1700209800000,'live');
INSERT INTO "ticks" VALUES(270,1700210700000,'live');
INSERT INTO "ticks" VALUES(272,1700211600000,'live');
INSERT INTO "ticks" VALUES(274,1700212500000,'live');
INSERT INTO "ticks" VALUES(275,1700213400000,'live');
INSERT INTO "ticks" VALUES(278,1700214300000,'live');
INSERT INTO "ticks" VALUES(281,1700215200000,'live');
INSERT INTO "ticks" VALUES(282,1700216100000,'live');
INSERT INTO "ticks" VALUES(283,1700217000000,'live');
INSERT INTO "ticks" VALUES(284,1700217900000,'live');
INSERT INTO "ticks" VALUES(285,1700218800000,'live');
INSERT INTO "ticks" VALUES(286,1700219700000,'live');
INSERT INTO "ticks" VALUES(288,1700220600000,'live');
INSERT INTO "ticks" VALUES(289,1700221500000,'live');
INSERT INTO "ticks" VALUES(291,1700222400000,'live');
INSERT INTO "ticks" VALUES(292,1700223300000,'live');
INSERT INTO "ticks" VALUES(293,1700224200000,'live');
INSERT INTO "ticks" VALUES(295,1700225100000,'live');
INSERT INTO "ticks" VALUES(296,1700226000000,'live');
INSERT INTO "ticks" VALUES(299,1700226900000,'live');
INSERT INTO "ticks" VALUES(301,1700227800000,'live');
INSERT INTO "ticks" VALUES(303,1700228700000,'live');
INSERT INTO "ticks" VALUES(304,1700229600000,'live');
INSERT INTO "ticks" VALUES(305,1700230500000,'live');
INSERT INTO "ticks" VALUES(306,1700231400000,'live');
INSERT INTO "ticks" VALUES(307,1700232300000,'live');
INSERT INTO "ticks" VALUES(308,1700233200000,'live');
INSERT INTO "ticks" VALUES(309,1700234100000,'live');
INSERT INTO "ticks" VALUES(312,1700235000000,'live');
INSERT INTO "ticks" VALUES(313,1700235900000,'live');
INSERT INTO "ticks" VALUES(314,1700236800000,'live');
INSERT INTO "ticks" VALUES(315,1700237700000,'live');
INSERT INTO "ticks" VALUES(316,1700238600000,'live');
INSERT INTO "ticks" VALUES(317,1700239500000,'live');
INSERT INTO "ticks" VALUES(318,1700240400000,'live');
INSERT INTO "ticks" VALUES(320,1700241300000,'live');
INSERT INTO "ticks" VALUES(322,1700242200000,'live');
INSERT INTO "ticks" VALUES(323,1700243100000,'live');
INSERT INTO "ticks" VALUES(325,1700244000000,'live');
INSERT INTO "ticks" VALUES(326,1700244900000,'live');
INSERT INTO "ticks" VALUES(327,1700245800000,'live');
INSERT INTO "ticks" VALUES(328,1700246700000,'live');
INSERT INTO "ticks" VALUES(329,1700247600000,'live');
INSERT INTO "ticks" VALUES(331,1700248500000,'live');
INSERT INTO "ticks" VALUES(332,1700249400000,'live');
INSERT INTO "ticks" VALUES(334,1700250300000,'live');
INSERT INTO "ticks" VALUES(335,1700251200000,'live');
INSERT INTO "ticks" VALUES(337,1700252100000,'live');
INSERT INTO "ticks" VALUES(339,1700253000000,'live');
INSERT INTO "ticks" VALUES(341,1700253900000,'live');
INSERT INTO "ticks" VALUES(343,1700254800000,'live');
INSERT INTO "ticks" VALUES(345,1700255700000,'live');
INSERT INTO "ticks" VALUES(346,1700256600000,'live');
INSERT INTO "ticks" VALUES(347,1700257500000,'live');
INSERT INTO "ticks" VALUES(349,1700258400000,'live');
INSERT INTO "ticks" VALUES(351,1700259300000,'live');
INSERT INTO "ticks" VALUES(352,1700260200000,'live');
INSERT INTO "ticks" VALUES(354,1700261100000,'live');
INSERT INTO "ticks" VALUES(357,1700262000000,'live');
INSERT INTO "ticks" VALUES(359,1700262900000,'live');
INSERT INTO "ticks" VALUES(361,1700263800000,'live');
INSERT INTO "ticks" VALUES(362,1700264700000,'live');
INSERT INTO "ticks" VALUES(363,1700265600000,'live');
INSERT INTO "ticks" VALUES(364,1700266500000,'live');
INSERT INTO "ticks" VALUES(366,1700267400000,'live');
INSERT INTO "ticks" VALUES(368,1700268300000,'live');
INSERT INTO "ticks" VALUES(369,1700269200000,'live');
INSERT INTO "ticks" VALUES(370,1700270100000,'live');
INSERT INTO "ticks" VALUES(371,1700271000000,'live');
INSERT INTO "ticks" VALUES(372,1700271900000,'live');
INSERT INTO "ticks" VALUES(373,1700272800000,'live');
INSERT INTO "ticks" VALUES(374,1700273700000,'live');
INSERT INTO "ticks" VALUES(376,1700274600000,'live');
INSERT INTO "ticks" VALUES(378,1700275500000,'live');
INSERT INTO "ticks" VALUES(379,1700276400000,'live');
INSERT INTO "ticks" VALUES(380,1700277300000,'live');
INSERT INTO "ticks" VALUES(381,1700278200000,'live');
INSERT INTO "ticks" VALUES(383,1700279100000,'live');
INSERT INTO "ticks" VALUES(384,1700280000000,'live');
INSERT INTO "ticks" VALUES(386,1700280900000,'live');
INSERT INTO "ticks" VALUES(387,1700281800000,'live');
INSERT INTO "ticks" VALUES(388,1700282700000,'live');
INSERT INTO "ticks" VALUES(390,1700283600000,'live');
INSERT INTO "ticks" VALUES(391,1700284500000,'live');
INSERT INTO "ticks" VALUES(393,1700285400000,'live');
INSERT INTO "ticks" VALUES(394,1700286300000,'live');
INSERT INTO "ticks" VALUES(395,1700287200000,'live');
INSERT INTO "ticks" VALUES(396,1700288100000,'live');
INSERT INTO "ticks" VALUES(397,1700289000000,'live');
INSERT INTO "ticks" VALUES(398,1700289900000,'live');
INSERT INTO "ticks" VALUES(399,1700290800000,'live');
INSERT INTO "ticks" VALUES(400,1700291700000,'live');
INSERT INTO "ticks" VALUES(402,1700292600000,'live');
INSERT INTO "ticks" VALUES(405,1700293500000,'live');
INSERT INTO "ticks" VALUES(406,1700294400000,'live');
INSERT INTO "ticks" VALUES(407,1700295300000,'live');
INSERT INTO "ticks" VALUES(409,1700296200000,'live');
INSERT INTO "ticks" VALUES(411,1700297100000,'live');
INSERT INTO "ticks" VALUES(412,1700298000000,'live');
INSERT INTO "ticks" VALUES(413,1700298900000,'live');
INSERT INTO "ticks" VALUES(414,1700299800000,'live');
INSERT INTO "ticks" VALUES(416,1700300700000,'live');
INSERT INTO "ticks" VALUES(417,1700301600000,'live');
INSERT INTO "ticks" VALUES(418,1700302500000,'live');
INSERT INTO "ticks" VALUES(420,1700303400000,'live');
INSERT INTO "ticks" VALUES(421,1700304300000,'live');
INSERT INTO "ticks" VALUES(422,1700305200000,'live');
INSERT INTO "ticks" VALUES(424,1700306100000,'live');
INSERT INTO "ticks" VALUES(426,1700307000000,'live');
INSERT INTO "ticks" VALUES(427,1700307900000,'live');
CREATE TABLE watermarks (
	source TEXT NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (source)
)
 STRICT

;
INSERT INTO "watermarks" VALUES('wire',1700306738736);
CREATE INDEX ix_articles_event_time ON articles (event_time);
CREATE INDEX ix_articles_story_id ON articles (story_id);
CREATE INDEX ix_ticks_at ON ticks (at);
CREATE INDEX ix_stories_last_at ON stories (last_at);
CREATE INDEX ix_story_series_first_at ON story_series (first_at);
CREATE INDEX ix_story_series_negative_at ON story_series (negative_at) WHERE negative_at IS NOT NULL;
CREATE INDEX ix_spikes_opened_at ON spikes (opened_at);
CREATE INDEX ix_alerts_at ON alerts (at);
CREATE INDEX ix_outbox_updated_at ON outbox (endpoint, updated_at);
CREATE INDEX ix_outbox_waiting ON outbox (alert_id, endpoint, turn) WHERE status = 'pending';
CREATE INDEX ix_outbox_pending ON outbox (endpoint, due_at) WHERE status = 'pending';
CREATE INDEX ix_pinned_articles_article_seq ON pinned_articles (article_seq);
CREATE INDEX ix_answers_alert_id ON answers (alert_id);
CREATE INDEX ix_mutes_open ON mutes (series) WHERE ended_at IS NULL;
CREATE INDEX ix_redrives_delivery_id ON redrives (delivery_id);
CREATE INDEX ix_near_misses_at ON near_misses (at);
CREATE INDEX ix_refusals_at ON refusals (at);
COMMIT;
