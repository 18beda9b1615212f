create extension pg_trgm;
create extension citext;
create table category (id int primary key, name text not null);
create table setting (name text primary key, value text, changed timestamptz);
create table customer (
    id bigint generated always as identity primary key, email text not null,
    name varchar(60), country char(2), referrer bigint references customer,
    created timestamptz not null, born date, login citext, score numeric);
create index on customer (email);
create index on customer (name);
create index on customer (country);
create index on customer (created);
create index on customer (born);
create index on customer (login);
create index on customer (lower(name));
create index on customer (referrer);
create table orders (
    id bigint generated always as identity primary key,
    customer_id bigint not null references customer, number text not null unique,
    status text not null, total numeric(12, 2) not null, tax numeric(12, 2),
    created timestamptz not null, shipped timestamp, coupon_id bigint, street text,
    city text, zip text, note text, channel int not null);
create index on orders (customer_id);
create index on orders (created);
create index on orders (shipped);
create index on orders (date_trunc('day', shipped));
create index on orders (total);
create table product (
    id int primary key, name text not null, sku varchar(20) not null, category_id int,
    weight real, rating float8, data jsonb, description text);
create unique index on product (sku);
create index on product (weight);
create index on product (rating);
create index on product using gin (name gin_trgm_ops);
create index on product ((data ->> 'brand'));
create table item (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders, product_id int not null references product,
    quantity int not null, price numeric not null);
create index on item (order_id);
create index on item (product_id);
create table log (id bigint primary key, at timestamptz not null, text text);
