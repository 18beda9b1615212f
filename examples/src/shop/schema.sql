-- With it the doctor can prove that an index would help.
do 'begin if exists (select from pg_available_extensions where name = ''hypopg'') then create extension if not exists hypopg; end if; end';

create table users (
    id    bigint primary key,
    name  text not null,
    email text not null unique
);

create table products (
    id          bigint primary key,
    sku         text not null unique,
    name        text not null,
    description text not null,
    price_cents bigint not null,
    search      tsvector not null generated always as
                    (to_tsvector('english', name || ' ' || description)) stored
);

create table orders (
    id        bigint primary key,
    user_id   bigint not null references users,
    status    text not null,
    placed_at timestamptz not null
);

create table order_lines (
    id          bigint primary key,
    order_id    bigint not null references orders,
    product_id  bigint not null references products,
    quantity    bigint not null,
    price_cents bigint not null
);

create table reviews (
    id         bigint primary key,
    product_id bigint not null references products,
    user_id    bigint not null references users,
    stars      smallint not null,
    body       text not null,
    written_at timestamptz not null
);
