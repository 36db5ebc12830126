CREATE TABLE profile (
	user_id INTEGER PRIMARY KEY REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	bio TEXT,
	image TEXT
);

CREATE TABLE follow (
	follower_id INTEGER NOT NULL REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	followed_id INTEGER NOT NULL REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	PRIMARY KEY (follower_id, followed_id)
);

CREATE TABLE article (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	body TEXT NOT NULL,
	tags JSON NOT NULL,		-- sorted
	author_id INTEGER NOT NULL REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	created INTEGER NOT NULL,	-- ms since 1970
	updated INTEGER NOT NULL
);
CREATE INDEX article_created ON article (created, id);
CREATE INDEX article_author ON article (author_id);

CREATE TABLE article_tag (
	article_id INTEGER NOT NULL REFERENCES article (id)
	    ON DELETE CASCADE,
	tag TEXT NOT NULL,
	PRIMARY KEY (tag, article_id)
);
CREATE INDEX article_tag_article ON article_tag (article_id);

CREATE TABLE favorite (
	article_id INTEGER NOT NULL REFERENCES article (id)
	    ON DELETE CASCADE,
	user_id INTEGER NOT NULL REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	PRIMARY KEY (article_id, user_id)
);
CREATE INDEX favorite_user ON favorite (user_id);

CREATE TABLE comment (
	id INTEGER PRIMARY KEY,
	article_id INTEGER NOT NULL REFERENCES article (id)
	    ON DELETE CASCADE,
	author_id INTEGER NOT NULL REFERENCES stile_user (id)
	    ON DELETE CASCADE,
	body TEXT NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL
);
CREATE INDEX comment_article ON comment (article_id, id);
