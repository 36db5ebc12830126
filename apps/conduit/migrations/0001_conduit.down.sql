DROP TABLE comment;
DROP TABLE favorite;
DROP TABLE article_tag;
DROP TABLE article;
DROP TABLE follow;
DROP TABLE profile;
