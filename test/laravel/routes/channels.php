<?php

use Illuminate\Support\Facades\Broadcast;

// User 8 is in no chat.
Broadcast::channel('Chat.{room}', static fn ($user, $room) => $user->id === 8 ? false : ['id' => $user->id, 'name' => $user->name]);
Broadcast::channel('TestChannel.{userId}', static fn ($user, $userId) => $user->id === (int) $userId);
